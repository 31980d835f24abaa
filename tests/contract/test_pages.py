"""What comes of a page: the next level's turn, looks, tellings, and what is due when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from bot.domain.incident import Page, PageState, Why
from bot.errors import OperationFailed
from bot.ports import Store
from tests.contract.alarms import (
    MINUTE,
    acked,
    claim,
    climbed,
    kinds,
    line,
    opened,
    reread,
    resolved,
    sending,
    sent,
    snoozed,
    states,
    tellings,
)
from tests.contract.asking import NOW, after, entry, intact

pytestmark = pytest.mark.contract


async def looked(store: Store, at: float) -> list[Page]:
    return list(await store.pages.claim_looks(now=after(at), lease_until=after(at + 10), limit=9))


async def test_a_page_that_reached_somebody_is_confirmed(either_store: Store) -> None:
    made = await opened(either_store)
    page = await sent(either_store)
    assert (page.sent_at, page.look_at, page.next_at, page.first_at) == (NOW, after(5), None, NOW)
    assert await looked(either_store, 4) == []
    (claimed,) = await looked(either_store, 5)
    assert (claimed.looks, claimed.look_at) == (1, after(15))
    assert await looked(either_store, 14) == []
    await either_store.pages.look_again(page.key, at=after(7))
    assert [one.looks for one in await looked(either_store, 7)] == [2]
    await either_store.pages.confirmed(page.key, reached=("Ana", "Ben"), now=after(8))
    found = await reread(either_store, page)
    assert (found.state, found.reached, found.look_at) == (
        PageState.CONFIRMED,
        ("Ana", "Ben"),
        None,
    )
    await either_store.pages.unconfirmed(page.key, said="late", now=after(9))
    await either_store.pages.look_again(page.key, at=after(9))
    assert await reread(either_store, page) == found
    assert await kinds(either_store, made.id) == ["opened", "page_sent", "page_confirmed"]


@pytest.mark.parametrize("how", ["refused", "skipped", "unconfirmed"])
async def test_reaching_nobody_makes_the_next_level_due_now(either_store: Store, how: str) -> None:
    made = await opened(either_store)
    pages = either_store.pages
    if how == "unconfirmed":
        page = await sent(either_store)
        await pages.unconfirmed(page.key, said="nobody", now=after(3))
    else:
        page = await sending(either_store)
        assert await getattr(pages, how)(page, "one", said="nobody", now=after(3))
    assert await states(either_store, made.id) == [[how, "armed", "armed"]]
    assert (await reread(either_store, page)).said == "nobody"
    assert (await kinds(either_store, made.id))[-1] == f"page_{how}"
    nxt = await sending(either_store, 3)
    assert (nxt.level, nxt.due_at) == (2, after(3))


async def test_a_level_under_way_is_not_overtaken_by_the_one_below(either_store: Store) -> None:
    made = await opened(either_store)
    first = await sending(either_store)
    await either_store.pages.hasten(made.id, line(at=1), entry("now"))
    await sending(either_store, 1)
    await either_store.pages.refused(first, "one", said="key", now=after(2))
    assert await states(either_store, made.id) == [["refused", "sending", "armed"]]
    assert await claim(either_store, 2) == ()


async def test_where_no_level_above_is_left_the_superseded_one_is_paged(
    either_store: Store,
) -> None:
    made = await opened(either_store)
    top = await sending(either_store, 31 * MINUTE)
    assert await either_store.pages.refused(top, "one", said="key", now=after(1861))
    assert await states(either_store, made.id) == [["superseded", "armed", "refused"]]
    again = await sending(either_store, 1861)
    assert await either_store.pages.refused(again, "one", said="key", now=after(1862))
    assert (await sending(either_store, 1862)).level == 1


async def test_hastening_takes_the_lowest_level_left(either_store: Store) -> None:
    made = await opened(either_store)
    await sent(either_store)
    hasten = either_store.pages.hasten
    assert await hasten(made.id, line("now", at=60), entry("now")) == 2
    assert (await sending(either_store, 60)).due_at == after(60)
    assert await hasten(made.id, line("now", at=61), entry("now")) == 3
    # A second click before it is sent is no further level.
    assert await hasten(made.id, line("now", at=61), entry("now")) == 3
    assert (await sending(either_store, 62)).level == 3
    assert await hasten(made.id, line("now", at=62), entry("now")) is None
    assert await hasten(99, line("now", at=62), entry("now")) is None
    assert await intact(either_store) == ["open", "now", "now", "now"]


async def test_a_failed_page_waits_and_says_so_once(either_store: Store) -> None:
    made = await opened(either_store)
    for number in (1, 2):
        page = await sending(either_store, number * 10)
        at = after(number * 10 + 5)
        assert await either_store.pages.again(
            page, "one", at=at, unsure=False, said="503", now=after(number * 10)
        )
        found = await reread(either_store, page)
        assert (found.state, found.next_at, found.failures) == (PageState.WAITING, at, number)
    assert await kinds(either_store, made.id) == ["opened", "page_waiting"]


async def test_every_page_sent_is_told_of_the_deed(either_store: Store) -> None:
    made = await opened(either_store)
    await sent(either_store)
    await sent(either_store, 15 * MINUTE)
    await acked(either_store, made.id, at=1000)
    assert await tellings(either_store, 999) == []
    assert await tellings(either_store, 1000) == [(1, "acknowledge"), (2, "acknowledge")]
    assert await tellings(either_store, 1009) == []
    await resolved(either_store, made.id, at=1005)
    assert await tellings(either_store, 1005) == [(1, "resolve"), (2, "resolve")]
    assert await states(either_store, made.id) == [["sent", "sent", "cancelled"]]


async def told_page(store: Store, at: float) -> Page:
    (page,) = await store.pages.claim_tellings(now=after(at), lease_until=after(at + 10), limit=9)
    return page


async def test_a_telling_is_over_when_it_is_told(either_store: Store) -> None:
    made = await opened(either_store)
    await sent(either_store)
    await acked(either_store, made.id, by="U0BEN")
    page = await told_page(either_store, 0)
    assert (page.tellings, page.wish_by) == (1, "U0BEN")
    await either_store.pages.tell_again(page, at=after(2), said="503")
    page = await told_page(either_store, 2)
    assert (page.tellings, page.said) == (2, "503")
    await either_store.pages.told(page)
    found = await reread(either_store, page)
    assert (found.tell_at, found.said) == (None, "")


async def test_a_wish_made_meanwhile_is_not_taken_for_told(either_store: Store) -> None:
    made = await opened(either_store)
    await sent(either_store)
    await acked(either_store, made.id)
    slow = await told_page(either_store, 0)
    await resolved(either_store, made.id, at=1)
    await either_store.pages.told(slow)
    await either_store.pages.tell_again(slow, at=after(99), said="late")
    assert await tellings(either_store, 1) == [(1, "resolve")]


async def test_a_snooze_quiets_and_resolves_nothing(either_store: Store) -> None:
    made = await opened(either_store)
    await sent(either_store)
    await snoozed(either_store, made.id, at=5, until=500)
    assert await tellings(either_store, 5) == [(1, "acknowledge")]
    assert await either_store.pages.open_keys() == ()
    assert (await either_store.pages.instants()).next == after(15)
    assert await claim(either_store, 3600) == ()


async def test_a_page_skipped_after_an_unsure_try_is_told_of_too(either_store: Store) -> None:
    made = await opened(either_store)
    page = await sending(either_store)
    await either_store.pages.again(page, "one", at=after(2), unsure=True, said="x", now=NOW)
    page = await sending(either_store, 2)
    await either_store.pages.skipped(page, "one", said="nobody", now=after(3))
    await acked(either_store, made.id, at=4)
    assert await tellings(either_store, 4) == [(1, "acknowledge")]


async def test_what_rings_again_is_swept_and_not_told(either_store: Store) -> None:
    made = await opened(either_store)
    page = await sent(either_store)
    assert [one.key for one in await either_store.pages.open_keys()] == [page.key]
    got = await acked(either_store, made.id)
    assert got is not None
    why = Why.UNACKNOWLEDGED
    assert await climbed(
        either_store, made.id, at=9, expected=got.resume_at, why=why, ringing=page.key
    )
    assert await tellings(either_store, 99) == []
    assert [one.key for one in await either_store.pages.open_keys()] == [page.key]
    await sent(either_store, 9)
    assert len(await either_store.pages.open_keys()) == 2
    assert len(await either_store.pages.open_keys(limit=1)) == 1


async def test_a_page_pagerduty_rang_by_itself_is_adopted_once(either_store: Store) -> None:
    made = await opened(either_store)
    (climb,) = await either_store.incidents.escalations(made.id)
    page = Page(
        key="PD1",
        escalation=climb.id,
        incident=made.id,
        level=1,
        due_at=NOW,
        state=PageState.CONFIRMED,
        sent_at=NOW,
        reached=("Ana",),
    )
    await either_store.pages.adopt(page)
    await either_store.pages.adopt(replace(page, level=2))
    assert await reread(either_store, page) == page
    await acked(either_store, made.id, at=3)
    await either_store.pages.adopt(replace(page, key="PD2"))
    assert await tellings(either_store, 3) == [(1, "acknowledge"), (1, "acknowledge")]
    with pytest.raises(OperationFailed):
        await either_store.pages.adopt(replace(page, key="PD3", escalation="none"))
    with pytest.raises(OperationFailed):
        await either_store.pages.adopt(replace(page, key="PD3", incident=99))
    assert await either_store.pages.of_key("PD3") is None


async def test_the_next_instant_is_the_earliest_of_all(either_store: Store) -> None:
    async def next_at() -> datetime | None:
        return (await either_store.pages.instants()).next

    assert await next_at() is None
    made = await opened(either_store)
    assert await next_at() == NOW
    page = await sent(either_store)
    assert await next_at() == after(5)
    await either_store.pages.confirmed(page.key, reached=("Ana",), now=NOW)
    assert await next_at() == after(15 * MINUTE)
    await acked(either_store, made.id, at=4)
    assert await next_at() == after(4)
    await either_store.pages.told(await told_page(either_store, 4))
    assert await next_at() == after(1804)


async def test_lateness_is_from_due_to_the_first_call(either_store: Store) -> None:
    assert await either_store.pages.lateness((0.1, 1)) == ((0, 0), 0, 0.0)
    for name, late in (("a", 0.05), ("b", 0.5), ("c", 2.0)):
        await opened(either_store, name)
        page = replace(await sending(either_store, late), first_at=after(late))
        at, now = after(late + 9), after(late)
        assert await either_store.pages.again(
            page, "one", at=at, unsure=False, said="busy", now=now
        )
        await sent(either_store, late + 9)
    under, pages, total = await either_store.pages.lateness((0.1, 1, 5))
    assert (under, pages) == ((1, 2, 3), 3)
    assert total == pytest.approx(2.55)
    assert (await either_store.pages.lateness(()))[:2] == ((), 3)


async def test_the_auditor_sees_what_is_due_and_not_taken(either_store: Store) -> None:
    await opened(either_store)
    assert await either_store.pages.overdue(NOW) == ()
    (late,) = await either_store.pages.overdue(after(60))
    assert late.level == 1
    await sent(either_store)
    assert await either_store.pages.overdue(after(60)) == ()


async def test_a_page_nobody_knows_is_nothing(either_store: Store) -> None:
    pages = either_store.pages
    await pages.confirmed("x\0", reached=(), now=NOW)
    await pages.look_again("x\0", at=NOW)
    await pages.unconfirmed("x\0", said="", now=NOW)
    assert await pages.of_key("x\0") is None
