"""Acknowledged and paged at the same instant; and after any deeds, no incident is stranded."""

from __future__ import annotations

import asyncio
import random

import pytest

from bot.domain.incident import IncidentState, PageState, Wish
from bot.ports import Store
from tests.contract.alarms import (
    acked,
    claim,
    climbed,
    line,
    opened,
    reread,
    resolved,
    snoozed,
)
from tests.contract.asking import after, entry, intact

pytestmark = pytest.mark.contract


async def test_no_page_is_claimed_after_a_committed_acknowledgement(store: Store) -> None:
    claimed_first = 0
    for number in range(200):
        made = await opened(store, f"i{number}")
        pages, _ = await asyncio.gather(claim(store), acked(store, made.id, at=1))
        for page in pages:
            claimed_first += 1
            found = await reread(store, page)
            assert (found.state, found.wish) == (PageState.SENDING, Wish.ACKNOWLEDGE)
            assert await store.pages.sent(page, "one", look_at=after(9), now=after(2))
            assert (await reread(store, page)).tell_at == after(2)
        assert await claim(store, 3600) == ()
    # Both orders came about, else this showed nothing.
    assert 0 < claimed_first < 200


async def test_deeds_at_once_never_wait_for_each_other_in_a_ring(store: Store) -> None:
    for number in range(60):
        parent = await opened(store, f"s{number}")
        child = await opened(store, f"c{number}")
        pages = [page for page in await claim(store) if page.state is PageState.SENDING]
        keys = {page.key for page in pages}
        sends = [
            store.pages.refused(page, "one", said="key", now=after(1))
            if number % 2
            else store.pages.sent(page, "one", look_at=after(5), now=after(1))
            for page in pages
        ]
        fold = store.incidents.fold(
            child.id, parent.id, happening=line("fold"), entry=entry("fold")
        )
        await asyncio.gather(
            *sends,
            fold,
            acked(store, parent.id, at=1),
            resolved(store, child.id, at=1),
            store.pages.renew("one", keys, lease_until=after(20)),
            store.incidents.touch(after(1)),
            store.pages.hasten(parent.id, line("now", at=1), entry("now")),
            claim(store, 3600, owner="two"),
        )
    assert await store.pages.stranded() == ()
    await intact(store)


@pytest.mark.parametrize("seed", range(8))
async def test_after_any_deeds_no_open_incident_is_without_a_deadline(
    either_store: Store, seed: int
) -> None:
    dice, at = random.Random(seed), 0.0
    numbers = [(await opened(either_store, f"i{n}")).id for n in range(3)]
    for _ in range(40):
        at += dice.choice((1, 30, 900, 4000))
        await _something(either_store, dice, dice.choice(numbers), at)
        assert await either_store.pages.stranded() == ()
        assert (await either_store.pages.instants()).next is not None or all(
            one.state is not IncidentState.OPEN for one in await either_store.incidents.unresolved()
        )
    await intact(either_store)


async def _something(store: Store, dice: random.Random, number: int, at: float) -> None:
    found = await store.incidents.get(number)
    assert found is not None
    match dice.randrange(9):
        case 0:
            await acked(store, number, at=at)
        case 1:
            await snoozed(store, number, at=at, until=at + 600)
        case 2 | 3:
            await climbed(store, number, at=at, expected=found.resume_at)
        case 4 if dice.random() < 0.2:
            await resolved(store, number, at=at)
        case 5:
            await store.pages.hasten(number, line(at=at), entry("now"))
        case _:
            for page in await claim(store, at):
                if page.state is PageState.SENDING:
                    await _one_page(store, dice, page.key, at)


async def _one_page(store: Store, dice: random.Random, key: str, at: float) -> None:
    page, pages, now = await store.pages.of_key(key), store.pages, after(at)
    assert page is not None
    match dice.randrange(5):
        case 0:
            await pages.sent(page, "one", look_at=after(at + 5), now=now)
            await pages.unconfirmed(key, said="nobody", now=now)
        case 1:
            await pages.sent(page, "one", look_at=after(at + 5), now=now)
        case 2:
            await pages.again(page, "one", at=after(at + 2), unsure=True, said="x", now=now)
        case 3:
            await pages.refused(page, "one", said="key", now=now)
        case _:
            """Its owner dies."""
