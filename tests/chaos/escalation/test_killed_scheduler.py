"""kill -9 and a long sleep of a scheduler amid a page: no level is missed, and none rung twice.

A page is three steps, and each boundary is killed at: it is claimed, PagerDuty is called, what
came of it is written down. The call itself is killed twice more, while PagerDuty lets it hang (and
takes it after the caller is dead), and after the connection was cut behind it. Leases are
production's. (Every statement of it, in one process, is tests/chaos's crash-point sweep.)
"""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import pytest

from bot.domain.incident import PageState
from tests.chaos.escalation.ladder import FAR
from tests.chaos.escalation.scene import Scene
from tests.chaos.nursery import Worker
from tests.chaos.stage import eventually

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(120)]

BOUNDARIES = (
    "before incidents.several#1",
    "after incidents.several#1",
    "before pager.page#1",
    "after pager.page#1",
    "after pages.sent#1",
)


async def test_a_killed_scheduler_that_is_started_again_rings_every_level_once(
    ladders: Scene,
) -> None:
    async def at(place: str) -> None:
        async with ladders.story() as story:
            dying = await story.scheduler(at=place)
            incident = await story.incident()
            assert await dying.end() == -signal.SIGKILL
            await story.scheduler()
            await story.rung(incident, name=f"killed {place}, started again:")

    async def with_its_call(kind: str, **fault: Any) -> None:
        async with ladders.story() as story:
            await story.phones.fault(kind, **fault)
            dying = await story.scheduler()
            incident = await story.incident()
            await story.phones.called()
            dying.send(signal.SIGKILL)
            assert await dying.end() == -signal.SIGKILL
            await story.scheduler()
            await story.rung(incident, name=f"killed with its call ({kind}), started again:")

    calls = [with_its_call("latency", seconds=4.5), with_its_call("drop")]
    await asyncio.gather(*calls, *(at(place) for place in BOUNDARIES))


async def test_another_scheduler_goes_on_for_a_killed_one_without_any_restart(
    ladders: Scene,
) -> None:
    async def at(place: str) -> None:
        async with ladders.story() as story:
            # It stands still there, so that it is certainly this one that had the page.
            dying = await story.scheduler(at=place, signal=signal.SIGSTOP)
            incident = await story.incident()
            await eventually(lambda: _stands_still(dying), f"it did not stop {place}")
            await story.scheduler()
            dying.send(signal.SIGKILL)
            assert await dying.end() == -signal.SIGKILL
            await story.rung(incident, name=f"killed {place}, another alive:")

    async def while_its_call_hangs() -> None:
        async with ladders.story() as story:
            await story.phones.fault("latency", seconds=4.5)
            dying = await story.scheduler()
            incident = await story.incident()
            await story.phones.called()
            await story.scheduler()
            dying.send(signal.SIGKILL)
            await story.rung(incident, name="killed while its call hung, another alive:")

    await asyncio.gather(*(at(place) for place in BOUNDARIES[:4]), while_its_call_hangs())


async def test_a_scheduler_that_slept_past_its_lease_rings_nobody_when_it_wakes(
    ladders: Scene,
) -> None:
    async def slept(place: str, *, answered: bool) -> None:
        async with ladders.story() as story:
            sleeper = await story.scheduler(at=place, signal=signal.SIGSTOP)
            incident = await story.incident(FAR)
            await eventually(lambda: _stands_still(sleeper), f"it did not stop {place}")
            await story.scheduler(hasty=True)
            await story.rung(incident, levels=(1,), name=f"asleep {place}, another alive:")
            await story.page_is(incident, 1, PageState.CONFIRMED)
            if answered:
                # A page sent now would open a new incident there, and ring.
                await story.answer(incident, "resolve")
            sleeper.send(signal.SIGCONT)
            # It is a good scheduler still: alone, it carries the next incident.
            await story.end_others(sleeper)
            again = await story.incident(FAR)
            await story.rung(again, levels=(1,), name=f"asleep {place}, awake again:")
            assert sleeper.ended is None, sleeper.said()

    await asyncio.gather(
        slept("before incidents.several#1", answered=True),
        slept("after incidents.several#1", answered=True),
        # Here nothing of ours comes between it and the call: PagerDuty merges by the key.
        slept("before pager.page#1", answered=False),
        slept("after pager.page#1", answered=True),
    )


async def _stands_still(worker: Worker) -> bool:
    return await asyncio.to_thread(lambda: worker.stopped)
