"""`/filmops deploy`: every gate, every step, and the way back, on twins."""

from __future__ import annotations

import pytest

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
