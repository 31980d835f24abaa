"""A deployment whose worker is killed or stopped, whose database restarts, whose Slack is away.

Real processes and signals, on the plant and real PostgreSQL; leases and heartbeats of those that
are killed are production's. Whatever happens, the run is finished, each effect is made once, and
what people see catches up, once. The finest grain of the deaths is in one process:
test_every_call_of_a_deployment.py.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress

import pytest

from bot.errors import Temporary
from tests.chaos.kills import DEPLOYMENT, WAY_BACK, Killed, Tale, begin, killed_at, wrong_with
from tests.chaos.nursery import Worker
from tests.chaos.scene import Scene
from tests.chaos.stage import Stage, eventually

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(240)]

AT_A_TIME = 7
LIMITED = {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}, "times": None}
BROKEN = {"kind": "status", "status": 503, "times": None}
LOST = {"kind": "drop", "times": 1}


async def test_wherever_its_worker_is_killed_a_deployment_is_done_once_and_goes_back_once(
    scene: Scene,
) -> None:
    gate = asyncio.Semaphore(AT_A_TIME)

    async def killed(tale: Tale, place: str) -> Killed:
        async with gate:
            return await killed_at(scene, place, tale)

    tales = [(tale, place) for tale in (DEPLOYMENT, WAY_BACK) for place in tale.places]
    all_of_them = await asyncio.gather(*(killed(tale, place) for tale, place in tales))
    wrong = [killed for killed in all_of_them if killed.wrong]
    assert not wrong, "\n".join(f"{killed.place}: {killed.wrong}" for killed in wrong)


async def test_a_worker_that_slept_past_its_lease_sends_nothing_when_it_wakes(
    scene: Scene,
) -> None:
    async def slept(place: str) -> None:
        async with scene.stage() as stage:
            await _slept(stage, place)

    await asyncio.gather(slept("at rollers.update#1"), slept("at traffic.set_weights#1"))


async def _slept(stage: Stage, place: str) -> None:
    await _agreed(stage)
    sleeper = await stage.worker(at=place, signal=signal.SIGSTOP, hasty=True)
    await eventually(lambda: _stands_still(sleeper), f"it did not stop {place}")
    other = await stage.worker(hasty=True)
    await stage.until(DEPLOYMENT.ends)
    await stage.card_says(DEPLOYMENT.says)
    await stage.notes_are_posted()
    assert not await wrong_with(stage, DEPLOYMENT)
    assert await other.stop() == 0

    # Awake it carries the next run alone; a late call of the first would be one too many.
    sleeper.send(signal.SIGCONT)
    first = stage.request
    await stage.approved("--to blue")
    await stage.until("succeeded")
    assert sleeper.ended is None, sleeper.said()
    there_and_back = {**DEPLOYMENT.acts, "ModifyListener": 2, "ModifyRule": 2}
    assert await stage.acts(since=first) == there_and_back
    assert not (await stage.history()).contradictions()
    assert await stage.audit_is_broken() is None
    assert await sleeper.stop() == 0


async def test_a_restart_of_the_database_in_mid_watch_loses_nothing(scene: Scene) -> None:
    async with scene.stage() as stage:
        await _agreed(stage)
        worker = await stage.worker()
        await eventually(lambda: _watching(stage), "it did not come to its watch")
        await scene.restart_database()
        await eventually(lambda: _answers(stage), "the database did not come back")
        await stage.until(DEPLOYMENT.ends)
        await stage.card_says(DEPLOYMENT.says)
        await stage.notes_are_posted()
        assert not await wrong_with(stage, DEPLOYMENT)
        assert worker.ended is None, worker.said()
        assert await worker.stop() == 0


async def test_a_deployment_does_not_wait_for_slack_and_its_thread_catches_up_once(
    scene: Scene,
) -> None:
    async with scene.stage() as stage:
        # The card is posted and the answer lost: it must be found, not posted again.
        await scene.tell("slack", "faults", match="chat.*", **LOST)
        await scene.tell("slack", "faults", match="chat.*", **LIMITED)
        await scene.tell("slack", "faults", match="files.*", **BROKEN)
        try:
            await _agreed(stage)
            worker = await stage.worker()
            await stage.until(DEPLOYMENT.ends)
            assert not any(DEPLOYMENT.says in card["text"] for card in await stage.cards())
        finally:
            await scene.clear_faults("slack")
        # Neither is it known whether Slack has the first chart: it is sent again, and shown once.
        await scene.tell("slack", "faults", match="upload", **LOST)
        await stage.card_says(DEPLOYMENT.says)
        await stage.notes_are_posted()
        assert not await wrong_with(stage, DEPLOYMENT)
        assert await worker.stop() == 0


async def _agreed(stage: Stage) -> None:
    await begin(stage, DEPLOYMENT)
    await stage.approve()


async def _stands_still(worker: Worker) -> bool:
    return await asyncio.to_thread(lambda: worker.stopped)


async def _watching(stage: Stage) -> bool:
    run = await stage.run()
    step = run.next_step if run is not None else None
    return step is not None and step.spec.name == "deploy.watch" and bool(step.progress.get("read"))


async def _answers(stage: Stage) -> bool:
    with suppress(Temporary):
        return await stage.run() is not None
    return False
