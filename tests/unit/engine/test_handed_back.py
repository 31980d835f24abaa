"""A dead worker's job comes back: what it had journaled goes on at once."""

from __future__ import annotations

import pytest

from bot.adapters.memory.jobs import MemoryJob
from bot.domain.request import RequestState
from tests.stage import Stage

pytestmark = pytest.mark.unit


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_the_job_of_a_step_that_is_done_queues_the_next(stage: Stage) -> None:
    run = await stage.started()
    await stage.runner.carry(run.id, 0, 0)
    stage.jobs.waiting.clear()
    await stage.runner.carry(run.id, 0, 0)
    assert stage.jobs.waiting == [
        MemoryJob(kind="step", id=run.id, resource=run.resource, position=1, attempt=0)
    ]


async def test_the_job_of_a_launched_request_queues_its_first_step(stage: Stage) -> None:
    run = await stage.started()
    stage.jobs.waiting.clear()
    await stage.launcher.launch(run.id)
    assert (await stage.request(run.id)).state is RequestState.STARTED
    assert stage.jobs.waiting == [
        MemoryJob(kind="step", id=run.id, resource=run.resource, position=0, attempt=0)
    ]


async def test_the_job_of_a_run_under_way_or_ended_queues_nothing(stage: Stage) -> None:
    run = await stage.started()
    await stage.runner.carry(run.id, 0, 0)
    stage.jobs.waiting.clear()
    await stage.launcher.launch(run.id)
    assert stage.jobs.waiting == []
    stage.traffic()
    await stage.runner.carry(run.id, 1, 0)
    await stage.until_quiet()
    assert not (await stage.run(run.id)).state.open
    await stage.launcher.launch(run.id)
    await stage.runner.carry(run.id, 0, 0)
    assert stage.jobs.waiting == []
