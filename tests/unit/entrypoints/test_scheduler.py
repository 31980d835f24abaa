"""The scheduler ticks at once, again, through outages, and ends when it is told to."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.adapters.memory.jobs import MemoryJobs
from bot.domain.request import RequestState
from bot.entrypoints import scheduler
from bot.entrypoints.scheduler import schedule
from bot.errors import Temporary
from tests.stage import Stage

pytestmark = pytest.mark.unit


async def test_what_is_due_at_the_start_is_done_at_once() -> None:
    stage = Stage()
    await stage.ask()
    stage.clock.advance(900)
    stop = asyncio.Event()
    stop.set()
    await schedule(stage.world, stop)
    assert (await stage.request()).state is RequestState.EXPIRED


async def test_it_ticks_again_and_through_outages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "TICK_SECONDS", 0.01)
    stage, stop = Stage(), asyncio.Event()

    class Flaky(MemoryJobs):
        asked = 0

        async def carried(self) -> frozenset[int]:
            self.asked += 1
            if self.asked == 3:
                stop.set()
            raise Temporary("away")

    jobs = Flaky(stage.clock)
    async with asyncio.timeout(30):
        await schedule(replace(stage.world, jobs=jobs), stop)
    assert jobs.asked >= 3
