"""A deployment that a workflow of GitHub carries out: started once, followed, and looked after."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.code import WorkflowState
from bot.domain.run import Control, Run, RunState, Step
from bot.engine.approvals import resume, steer
from bot.errors import Temporary
from tests.deploying import BLUE, COMMAND, GREEN, NEW, ByWorkflow
from tests.stage import BEN

pytestmark = pytest.mark.unit

BACKEND = "backend"
DONE = (WorkflowState.COMPLETED, "success")
FAILED = (WorkflowState.COMPLETED, "failure")
ON_GREEN, ON_BLUE = [{BLUE: 0, GREEN: 100}] * 2, [{BLUE: 100, GREEN: 0}] * 2


@pytest.fixture
def stage() -> ByWorkflow:
    stage = ByWorkflow()
    stage.serves()
    return stage


def step(run: Run, name: str) -> Step:
    return [each for each in run.steps if each.spec.name == f"deploy.{name}"][-1]


async def begun(stage: ByWorkflow, schema: str = "reversible") -> Run:
    text = f"deploy backend {NEW} --schema {schema} --via github"
    return await stage.deployed(text, seconds=30)


async def test_it_is_started_once_followed_and_watched_like_our_own(stage: ByWorkflow) -> None:
    run = await begun(stage)
    assert [run.inputs for run in stage.code.runs] == [{"action": "deploy", "version": NEW}]
    assert step(run, "follow").progress["said"] == "https://github.example/runs/1 is queued."
    stage.released()
    stage.code.move(1, *DONE)
    await stage.until_quiet()
    run = await stage.run()
    assert run.state is RunState.SUCCEEDED, run.note
    assert step(run, "landed").result["said"] == f"green runs {NEW} and has all the traffic."
    assert stage.called() == []
    (change,) = await stage.world.store.runs.changes()
    revision = stage.production.tasks[BACKEND, GREEN].task_definition
    assert (change.detail["outcome"], change.detail["revision"]) == ("deployed", revision)


async def test_a_workflow_that_fails_turns_it_round(stage: ByWorkflow) -> None:
    await begun(stage)
    stage.production.set_weights(BACKEND, {BLUE: 50, GREEN: 50})
    stage.code.move(1, *FAILED)
    await stage.until_quiet()
    run = await stage.run()
    assert run.state is RunState.FAILED
    assert "https://github.example/runs/1 ended as failure." in run.note
    assert stage.now_at() == ON_BLUE


async def test_after_a_schema_that_cannot_be_gone_back_to_a_person_decides(
    stage: ByWorkflow,
) -> None:
    await begun(stage, "irreversible")
    stage.production.set_weights(BACKEND, {BLUE: 50, GREEN: 50})
    stage.code.move(1, *FAILED)
    await stage.until_quiet()
    assert (await stage.run()).state is RunState.HELD
    assert stage.now_at() == [{BLUE: 50, GREEN: 50}] * 2


@pytest.mark.parametrize(
    ("traffic", "said"),
    [
        (False, "HTTPS:443 default, HTTPS:443 rule 20 not on green; it runs v1.4.1"),
        (True, "green has the traffic; it runs v1.4.1"),
    ],
)
async def test_a_workflow_that_says_well_and_did_not_is_gone_back_from(
    stage: ByWorkflow, traffic: bool, said: str
) -> None:
    await begun(stage)
    if traffic:
        stage.production.set_weights(BACKEND, {BLUE: 0, GREEN: 100})
    stage.code.move(1, *DONE)
    await stage.until_quiet()
    run = await stage.run()
    assert (run.state, stage.now_at()) == (RunState.FAILED, ON_BLUE)
    assert said in run.note


async def test_one_that_takes_too_long_is_held(stage: ByWorkflow) -> None:
    await begun(stage)
    await stage.until_quiet()
    run = await stage.run()
    assert run.state is RunState.HELD
    assert "is queued. That takes longer than 3600 s." in run.note


async def test_a_fault_before_it_was_started_looks_for_it_and_then_starts_it_once(
    stage: ByWorkflow,
) -> None:
    await stage.agreed(f"{COMMAND} --via github")
    stage.jobs.waiting.clear()
    await stage.launcher.launch(1)
    stage.code.failing = Temporary("GitHub: 502")
    await stage.until_quiet(seconds=120)
    assert len(stage.code.runs) == 1


async def test_one_that_github_never_shows_is_held_and_said(stage: ByWorkflow) -> None:
    await stage.agreed(f"{COMMAND} --via github")
    stage.code.shown_after = timedelta(hours=1)
    await stage.until_quiet(seconds=300)
    run = await stage.run()
    assert run.state is RunState.HELD
    assert "GitHub took the workflow and shows no run of it: look there before Resume." in run.note
    await resume(stage.world, stage.asking(BEN), 1)


async def test_a_token_that_is_taken_away_in_the_middle_holds_it(stage: ByWorkflow) -> None:
    await begun(stage)
    stage.runner._world = replace(stage.world, code=None)
    await stage.until_quiet(seconds=30)
    run = await stage.run()
    assert run.state is RunState.HELD
    assert "has no workflow on GitHub, or GITHUB_TOKEN is not set." in run.note


async def test_a_workflow_that_goes_on_after_an_abort_is_waited_for_and_looked_after(
    stage: ByWorkflow,
) -> None:
    run = await begun(stage)
    await steer(stage.world, stage.asking(BEN), run.id, Control.ABORT)
    await stage.until_quiet(seconds=60)
    run = await stage.run()
    assert run.state is RunState.RUNNING
    assert "still goes on and may move traffic" in step(run, "settle").progress["said"]
    assert len(await stage.world.store.locks.held(stage.clock.now())) == 1, "nobody deploys"
    stage.released()
    stage.code.move(1, *DONE)
    await stage.until_quiet(seconds=60)
    run = await stage.run()
    assert (run.state, "is not on blue any more" in run.note) == (RunState.HELD, True)
    stage.production.set_weights(BACKEND, {BLUE: 100, GREEN: 0})
    stage.answer_with("v1.4.2")
    await resume(stage.world, stage.asking(BEN), run.id)
    await stage.until_quiet()
    assert (await stage.run()).state is RunState.ABORTED
