"""Boxes are ticked by who was first, together with the audit row, and the card is drawn anew."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

import pytest

from bot.domain.checklist import Tick
from bot.ports import Store
from tests.contract.asking import after, entry, intact, request, rows, unwritable, wanted

pytestmark = pytest.mark.contract


async def put(
    store: Store,
    ticked: Collection[str],
    known: Collection[str] = (),
    *,
    by: str = "U0IVO",
    at: float = 0,
    subject: str = "R1",
) -> list[str]:
    """Tick and untick; the keys that are ticked then."""
    ticks = await store.ticks.set(
        subject, ticked=ticked, known=known, by=by, entry=entry("checklist"), now=after(at)
    )
    assert ticks == await store.ticks.of(subject)
    return [tick.key for tick in ticks]


async def test_a_ticked_box_has_a_name_and_a_time(either_store: Store) -> None:
    assert await either_store.ticks.of("R1") == ()
    assert await put(either_store, ["b", "a"]) == ["a", "b"]
    assert (await either_store.ticks.of("R1"))[0] == Tick(key="a", actor="U0IVO", at=after(0))


async def test_who_ticked_first_stays(either_store: Store) -> None:
    await put(either_store, ["b"])
    assert await put(either_store, ["a", "b"], by="U0MARA", at=5) == ["b", "a"]
    assert [tick.actor for tick in await either_store.ticks.of("R1")] == ["U0IVO", "U0MARA"]


async def test_what_was_known_and_is_not_ticked_any_more_is_open_again(either_store: Store) -> None:
    await put(either_store, ["a", "b", "c"])
    assert await put(either_store, ["a"], ["a", "b", "unknown"], at=5) == ["a", "c"]
    assert await put(either_store, [], ["c"], at=6) == ["a"]
    assert await put(either_store, ["b"], by="U0MARA", at=7) == ["a", "b"]
    assert (await either_store.ticks.of("R1"))[1].actor == "U0MARA"


async def test_each_subject_has_its_own(either_store: Store) -> None:
    await put(either_store, ["a"])
    assert await put(either_store, ["b"], ["a"], subject="A1") == ["b"]
    assert [tick.key for tick in await either_store.ticks.of("R1")] == ["a"]


async def test_the_audit_row_says_what_changed_and_is_left_out_when_nothing_did(
    either_store: Store,
) -> None:
    await put(either_store, ["b", "a"])
    await put(either_store, ["a"], ["a", "b"])
    await put(either_store, ["a"], ["b"])
    assert await intact(either_store) == ["checklist", "checklist"]
    told: list[Any] = [row.entry.detail for row in await rows(either_store)]
    assert told == [
        {"ticked": ["a", "b"], "unticked": []},
        {"ticked": [], "unticked": ["b"]},
    ]


async def test_without_its_audit_row_nothing_is_ticked(either_store: Store) -> None:
    await put(either_store, ["a"])
    with pytest.raises((TypeError, ValueError)):
        await either_store.ticks.set(
            "R1", ticked=["b"], known=["a"], by="U0IVO", entry=unwritable(), now=after(1)
        )
    assert [tick.key for tick in await either_store.ticks.of("R1")] == ["a"]


async def test_the_card_is_wanted_anew_when_a_box_changes(either_store: Store) -> None:
    made = await either_store.requests.open(request(), entry())
    before = await wanted(either_store, made.name)
    await put(either_store, ["a"], subject=made.name)
    ticked = await wanted(either_store, made.name)
    await put(either_store, ["a"], subject=made.name)
    assert await wanted(either_store, made.name) == ticked > before
    await put(either_store, [], ["a"], subject=made.name)
    assert await wanted(either_store, made.name) > ticked


async def test_two_who_tick_and_untick_at_once_both_have_their_way(either_store: Store) -> None:
    for at in range(8):
        await asyncio.gather(
            put_only(either_store, ["a"], ["b"], at), put_only(either_store, ["b"], ["a"], at)
        )
        assert len(await either_store.ticks.of("R1")) == 1


async def put_only(store: Store, ticked: list[str], known: list[str], at: float) -> None:
    await store.ticks.set(
        "R1", ticked=ticked, known=known, by="U0IVO", entry=entry(), now=after(at)
    )
