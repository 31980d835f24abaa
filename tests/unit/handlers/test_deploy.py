"""`/filmops deploy`: every gate, every step, and the way back, on twins."""

from __future__ import annotations

import pytest

from bot.domain.live import Missing
from bot.domain.release import RolloutState
from bot.domain.run import RunState, StepState
from tests.deploying import BLUE, GREEN, NEW, Deploying

pytestmark = pytest.mark.unit


@pytest.fixture
def stage() -> Deploying:
    return Deploying()


async def test_a_good_release_is_deployed_from_checklist_to_change_log(stage: Deploying) -> None:
    stage.serves()
    run = await stage.deployed()
    assert run.state is RunState.SUCCEEDED, run.note
    assert stage.called() == [
        "register_task_definition",  # The migration's, with the release's image.
        "run_task",
        "register_task_definition",
        "update_service",
        "modify_listener",
        "modify_rule",
    ]
    assert stage.now_at() == [{BLUE: 0, GREEN: 100}] * 2
    assert stage.production.tasks["backend", GREEN].version == NEW
    forward = [step for step in run.steps if not step.spec.back]
    assert {step.state for step in forward} == {StepState.DONE}
    (change,) = await stage.world.store.runs.changes()
    assert change.detail["outcome"] == "deployed"


async def test_a_release_that_does_not_start_is_told_with_why_its_tasks_stopped(
    stage: Deploying,
) -> None:
    why = "3 tasks stopped: Essential container in task exited (backend: exit code 1)"
    stage.production.rollout_ends = RolloutState.FAILED
    stage.production.stopped["backend", GREEN] = [why]
    stage.production.events["backend", GREEN] = ["(service backend) has started a deployment."]
    run = await stage.deployed()
    assert run.state is RunState.FAILED
    assert "ECS gave the deployment up." in run.note
    assert f"{why}." in run.note
    assert "has started a deployment" not in run.note


async def test_why_its_tasks_stopped_is_said_to_be_unknown_when_ecs_does_not_tell(
    stage: Deploying,
) -> None:
    stage.production.rollout_ends = RolloutState.FAILED
    stage.production.stopped["backend", GREEN] = Missing(reason="denied")
    run = await stage.deployed()
    assert "Why tasks stopped could not be read (denied)." in run.note
