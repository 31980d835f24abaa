"""A silent scheduler is noticed; a busy one does not write all the time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.adapters.memory.audit import MemoryAudit
from bot.adapters.memory.pulse import MemoryPulse
from bot.domain.audit import Head
from bot.engine.escalator import Escalator
from bot.engine.pulse import ESCALATION, Beats, silence, wrong
from bot.engine.world import World
from bot.errors import Temporary
from tests.stage import Stage

pytestmark = pytest.mark.unit

AWAY = "the database does not answer: away"


async def test_before_the_first_cycle_nobody_would_be_paged() -> None:
    stage = Stage()
    assert await wrong(stage.world) == (
        "no scheduler has finished a cycle yet: nobody would be paged"
    )
    await Escalator(stage.world, owner="one").wake()
    assert await wrong(stage.world) == ""


async def test_half_a_minute_without_a_cycle_is_silence() -> None:
    stage = Stage()
    await Escalator(stage.world, owner="one").wake()
    stage.clock.advance(30)
    assert await silence(stage.world) == ""
    stage.clock.advance(0.001)
    assert await wrong(stage.world) == (
        "no scheduler has finished a cycle since 2026-03-01 03:00:00 UTC: nobody would be paged"
    )


async def test_another_scheduler_is_enough() -> None:
    stage = Stage()
    await Escalator(stage.world, owner="dead").wake()
    stage.clock.advance(60)
    await Escalator(stage.world, owner="alive").wake()
    assert await wrong(stage.world) == ""


async def test_a_cycle_that_did_not_come_to_its_end_is_none() -> None:
    stage = Stage()
    escalator = Escalator(broken(stage), owner="one")
    with pytest.raises(Temporary):
        await escalator.wake()
    assert (await wrong(stage.world)).startswith("no scheduler")


async def test_beats_are_written_at_most_every_two_seconds() -> None:
    stage = Stage()
    beats = Beats(stage.world, owner="one")
    start = stage.clock.now()
    for _ in range(10):
        await beats.finished(ESCALATION)
        stage.clock.advance(0.19)
    assert await stage.world.store.pulse.last(ESCALATION) == start
    stage.clock.advance(0.1)
    await beats.finished(ESCALATION)
    assert await stage.world.store.pulse.last(ESCALATION) == stage.clock.now()


async def test_a_database_that_is_away_is_what_is_wrong() -> None:
    stage = Stage()

    class NoAudit(MemoryAudit):
        async def head(self) -> Head:
            raise Temporary("away")

    class NoPulse(MemoryPulse):
        async def last(self, name: str) -> None:
            raise Temporary("away")

    store = stage.world.store
    for away in (
        replace(store, audit=NoAudit(stage.tables)),
        replace(store, pulse=NoPulse(stage.tables)),
    ):
        assert await wrong(replace(stage.world, store=away)) == AWAY


def broken(stage: Stage) -> World:
    """A world whose pages cannot be claimed."""

    class Away(type(stage.world.store.pages)):  # type: ignore[misc]
        async def claim(self, **_: object) -> None:
            raise Temporary("away")

    return replace(stage.world, store=replace(stage.world.store, pages=Away(stage.tables)))
