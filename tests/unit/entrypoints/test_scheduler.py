"""The scheduler ticks at once, again, through outages, pages on time, and ends when told to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.adapters.memory.jobs import MemoryJobs
from bot.domain.request import RequestState
from bot.engine.dispatch import Dispatch
from bot.engine.escalator import Escalator
from bot.engine.world import World
from bot.entrypoints import scheduler
from bot.entrypoints.scheduler import schedule
from bot.errors import Temporary
from tests.ladder import Ladder

pytestmark = pytest.mark.unit


async def scheduled(world: World, done: Callable[[], Awaitable[bool]]) -> None:
    """Run a scheduler on this world until that is so."""
    stop = asyncio.Event()

    async def watch() -> None:
        while not await done():  # noqa: ASYNC110 (time is moved by what it asks)
            await asyncio.sleep(0.01)
        stop.set()

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(watch())
        group.create_task(
            schedule(
                world,
                Dispatch(world, {}),
                Escalator(world, owner="one"),
                pages_changed=asyncio.sleep,
                hooked=asyncio.sleep,
                stop=stop,
            )
        )


async def test_what_is_due_at_the_start_is_done_at_once() -> None:
    ladder = Ladder()
    await ladder.ask()
    await ladder.alert()
    ladder.clock.advance(900)

    async def done() -> bool:
        expired = (await ladder.request()).state is RequestState.EXPIRED
        return expired and bool(ladder.pager.pages)

    await scheduled(ladder.world, done)
    assert [page.level for page in ladder.pager.pages] == [2]


async def test_it_ticks_again_and_through_outages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "TICK_SECONDS", 0.01)
    ladder = Ladder()

    class Flaky(MemoryJobs):
        asked = 0

        async def carried(self) -> frozenset[int]:
            self.asked += 1
            raise Temporary("away")

    jobs = Flaky(ladder.clock)

    async def done() -> bool:
        return jobs.asked >= 3

    await scheduled(replace(ladder.world, jobs=jobs), done)


async def test_it_wakes_at_the_instant_the_next_level_is_due() -> None:
    ladder = Ladder()
    await ladder.alert()
    await ladder.wake()
    ladder.clock.advance(15 * 60 - 0.2)

    async def done() -> bool:
        ladder.clock.advance(0.01)
        return 2 in ladder.levels()

    await scheduled(ladder.world, done)
