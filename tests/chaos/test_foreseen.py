"""What the simulator foresees is what the engine does, to the microsecond, for any ladder."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.climb import foreseen, unowned_at
from bot.topology import Ladder, Severity
from tests.chaos.night import Night

pytestmark = [pytest.mark.chaos]

TENTHS = st.integers(0, 600).map(lambda tenths: tenths / 10)
LADDERS = st.builds(
    Ladder,
    title=st.just("any"),
    after_minutes=st.lists(TENTHS, max_size=3, unique=True).map(lambda waits: tuple(sorted(waits))),
    repeat_minutes=st.integers(1, 600).map(lambda tenths: tenths / 10),
    repeats=st.integers(0, 4),
)
AFTER_THREE = st.floats(0, 86_400)
"""Seconds after the beginning of the twin's time."""


@settings(max_examples=60, derandomize=True)
@given(ladder=LADDERS, seconds=AFTER_THREE)
def test_an_incident_nobody_answers_pages_when_the_simulator_says_and_then_is_unowned(
    ladder: Ladder, seconds: float
) -> None:
    asyncio.run(_agree(ladder, seconds))


async def _agree(ladder: Ladder, seconds: float) -> None:
    night = Night(ladders={Severity.P1: ladder})
    began_at = night.clock.advance(seconds)
    number = await night.alert("cpu")
    end = unowned_at(ladder, began_at)
    await night.until((end or began_at) + timedelta(days=1), night.scheduler())
    rang = [(ring.level, ring.at) for ring in night.exchange.rings]
    assert rang == [(page.level, page.at) for page in foreseen(ladder, began_at)]
    assert night.tables.incidents[number].unowned_at == end
    assert await night.next_at() is None
