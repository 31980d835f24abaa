"""A worker that was only stopped for a while (SIGSTOP past its lease, SIGCONT) is fenced.

It is stopped at three places: in the last moment before an effect's bytes go out, after a claim
and before it writes a result into the journal. While it stands still another worker finishes
the run. Awake again it sends nothing, what it writes is refused, and it goes on as a good
worker: it carries the next run alone. Leases are shorter than in production, not otherwise.
"""

from __future__ import annotations

import asyncio
import signal

import pytest

from tests.chaos.nursery import Worker
from tests.chaos.scene import Scene
from tests.chaos.stage import Stage, eventually

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(120)]

PLACES = ("at traffic.set_weights#1", "after runs.claim(1)#1", "before runs.finish(1)#1")


async def test_a_worker_that_slept_past_its_lease_does_no_harm_when_it_wakes(scene: Scene) -> None:
    async def slept(place: str) -> None:
        async with scene.stage() as stage:
            await _slept(stage, place)

    await asyncio.gather(*(slept(place) for place in PLACES))


async def _slept(stage: Stage, place: str) -> None:
    await stage.approved()
    sleeper = await stage.worker(at=place, signal=signal.SIGSTOP, hasty=True)
    await eventually(lambda: _stands_still(sleeper), f"it did not stop {place}")
    other = await stage.worker(hasty=True)
    await stage.until("succeeded")
    await stage.card_says("done in")
    journal = await stage.history()
    assert list((await stage.effects()).values()) == [1, 1]
    assert await other.stop() == 0

    sleeper.send(signal.SIGCONT)
    first = stage.request
    await stage.approved("--to blue")
    await stage.until("succeeded")
    assert sleeper.ended is None, sleeper.said()
    now = await stage.history()
    assert now.of_run(first) == journal.of_run(first)
    assert not now.contradictions()
    # There and back again: a late call of the sleeper's would be a third.
    assert set((await stage.effects(since=first)).values()) == {2}
    assert await stage.audit_is_broken() is None
    assert await sleeper.stop() == 0


async def _stands_still(worker: Worker) -> bool:
    return await asyncio.to_thread(lambda: worker.stopped)
