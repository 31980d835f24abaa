"""`/filmops rollback --via github`: a workflow moves the traffic, and we see that it did."""

from __future__ import annotations

import pytest

from bot.domain.code import WorkflowState
from bot.domain.run import Run, RunState
from bot.errors import Refused
from tests.deploying import BLUE, GREEN, ByWorkflow
from tests.stage import Stage

pytestmark = pytest.mark.unit


@pytest.fixture
def stage() -> ByWorkflow:
    stage = ByWorkflow()
    stage.answer_with("v1.4.1")
    stage.serves()
    return stage


async def rolled(stage: ByWorkflow, state: WorkflowState, conclusion: str = "") -> Run:
    """Green is to have the traffic; the workflow comes to that."""
    request = await stage.ask("rollback backend --via github the films are odd")
    await stage.approve(request.id)
    await stage.until_quiet(seconds=10)
    stage.code.move(1, state, conclusion)
    return await stage.run(request.id)


async def test_the_workflow_is_started_with_the_version_it_goes_back_to(
    stage: ByWorkflow,
) -> None:
    run = await rolled(stage, WorkflowState.COMPLETED, "success")
    stage.production.set_weights("backend", {BLUE: 0, GREEN: 100})
    await stage.until_quiet()
    run = await stage.run()
    assert run.state is RunState.SUCCEEDED, run.note
    assert [each.spec.name for each in run.steps] == [
        *("rollback.guard", "rollback.dispatch", "rollback.follow", "rollback.landed"),
        *("rollback.targets", "rollback.probe", "rollback.watch"),
    ]
    assert stage.code.runs[0].inputs == {"action": "rollback"}
    assert run.steps[3].result["said"] == "All traffic is on green."
    assert stage.called() == []


async def test_a_workflow_that_moved_nothing_is_held(stage: ByWorkflow) -> None:
    await rolled(stage, WorkflowState.COMPLETED, "success")
    await stage.until_quiet()
    run = await stage.run()
    assert run.state is RunState.HELD
    assert "HTTPS:443 default, HTTPS:443 rule 20 is not on green (15 looks)." in run.note


async def test_a_workflow_that_fails_is_held_for_there_is_no_way_back_from_a_rollback(
    stage: ByWorkflow,
) -> None:
    await rolled(stage, WorkflowState.COMPLETED, "failure")
    await stage.until_quiet()
    run = await stage.run()
    assert run.state is RunState.HELD
    assert "ended as failure." in run.note


async def test_a_service_without_a_workflow_says_so() -> None:
    with pytest.raises(Refused) as refused:
        await Stage().type("rollback backend --via github")
    assert refused.value.code == "not_deployable"
