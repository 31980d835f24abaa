"""Signs of life: the newest counts, whoever gave it; a turn is one process' alone."""

from __future__ import annotations

import asyncio

import pytest

from bot.ports import Store
from tests.contract.asking import MOMENT, NOW, after

pytestmark = pytest.mark.contract

WEEK = 7 * 86_400


async def test_of_a_name_the_newest_beat_counts_whoever_gave_it(either_store: Store) -> None:
    pulse = either_store.pulse
    assert await pulse.last("escalation") is None
    await pulse.beat("escalation", "one", NOW)
    await pulse.beat("escalation", "two", after(3))
    await pulse.beat("escalation", "one", after(1))
    await pulse.beat("auditor", "one", after(9))
    assert await pulse.last("escalation") == after(3)
    assert await pulse.last("auditor") == after(9)
    assert await pulse.last("sweep") is None


async def test_a_beat_that_comes_late_takes_nothing_back(either_store: Store) -> None:
    await either_store.pulse.beat("escalation", "one", after(2))
    await either_store.pulse.beat("escalation", "one", after(1))
    assert await either_store.pulse.last("escalation") == after(2)


async def test_an_owner_silent_for_a_week_is_forgotten(either_store: Store) -> None:
    pulse = either_store.pulse
    await pulse.beat("auditor", "dead", NOW)
    await pulse.beat("escalation", "alive", after(WEEK))
    assert await pulse.last("auditor") == NOW
    await pulse.beat("escalation", "alive", after(WEEK) + MOMENT)
    assert await pulse.last("auditor") is None
    assert await pulse.last("escalation") == after(WEEK) + MOMENT


async def test_one_that_was_asleep_for_a_month_is_alive_again(either_store: Store) -> None:
    await either_store.pulse.beat("auditor", "asleep", NOW)
    await either_store.pulse.beat("auditor", "asleep", after(5 * WEEK))
    assert await either_store.pulse.last("auditor") == after(5 * WEEK)


async def test_of_many_at_once_one_has_the_turn(either_store: Store) -> None:
    turns = [either_store.pulse.turn("daily", since=NOW, now=after(n)) for n in range(8)]
    assert sorted(await asyncio.gather(*turns)) == [False] * 7 + [True]


async def test_the_next_turn_is_taken_when_it_is_due(either_store: Store) -> None:
    turn = either_store.pulse.turn
    assert await turn("daily", since=NOW, now=after(5))
    assert not await turn("daily", since=after(5), now=after(6))
    assert await turn("daily", since=after(5) + MOMENT, now=after(7))
    assert await turn("other", since=after(5), now=after(8))
    assert await either_store.pulse.last("daily") == after(7)


async def test_names_may_hold_what_postgresql_cannot(either_store: Store) -> None:
    await either_store.pulse.beat("a\0b", "o\0", NOW)
    assert await either_store.pulse.last("a\0b") == NOW
    assert await either_store.pulse.turn("c\0", since=NOW, now=NOW)
    assert not await either_store.pulse.turn("c\0", since=NOW, now=NOW)
