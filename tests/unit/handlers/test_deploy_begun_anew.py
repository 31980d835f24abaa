"""A deployment's steps begun anew, late, or after an answer that was lost: each acts once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.release import RolloutState
from bot.domain.run import Run, RunState
from bot.engine.approvals import resume
from bot.engine.runs import FAULTS_TO_HOLD
from bot.errors import OperationFailed, Temporary
from tests.deploying import BLUE, GREEN, Deploying
from tests.stage import BEN

pytestmark = pytest.mark.unit

LOST = Temporary("AWS: the answer was lost")
DENIED = OperationFailed(
    "AWS ecs:UpdateService: access denied", code="denied", hint="Allow ecs:UpdateService."
)
DEPLOYED = [
    "register_task_definition",  # The migration's, with the release's image.
    "run_task",
    "register_task_definition",
    "update_service",
    "modify_listener",
    "modify_rule",
]


@pytest.fixture
def stage() -> Deploying:
    stage = Deploying()
    stage.serves()
    return stage


@pytest.mark.parametrize(
    "method", ["errands.start", "rollers.register", "rollers.update", "traffic.set_weights"]
)
async def test_an_effect_whose_answer_is_lost_is_not_sent_again(
    stage: Deploying, method: str
) -> None:
    stage.production.fail(method, LOST, after=True)
    run = await stage.deployed()
    assert run.state is RunState.SUCCEEDED, run.note
    assert stage.called() == DEPLOYED


@pytest.mark.parametrize(
    "method",
    ["traffic.routes", "errands.find", "rollers.prepared", "rollers.rollouts", "metrics.minutes"],
)
async def test_a_run_outlasts_throttling(stage: Deploying, method: str) -> None:
    request = await stage.agreed()
    await stage.until_quiet(seconds=0)
    for _ in range(4):
        stage.production.fail(method, Temporary("AWS: Throttling"), times=3)
        await stage.until_quiet(seconds=120)
    await stage.until_quiet()
    run = await stage.run(request.id)
    assert run.state is RunState.SUCCEEDED, run.note
    assert stage.called() == DEPLOYED


async def test_faults_with_answers_between_them_never_hold_a_run_that_waits(
    stage: Deploying,
) -> None:
    stage.production.rollout_ends = RolloutState.IN_PROGRESS
    request = await stage.agreed()
    await stage.until_quiet(seconds=10)
    for _ in range(FAULTS_TO_HOLD + 5):
        stage.production.fail("rollers.rollouts", Temporary("AWS: Throttling"))
        await stage.until_quiet(seconds=20)
    assert (await stage.run(request.id)).state is RunState.RUNNING
    service = stage.topology.services["backend"]
    stage.production.end_rollout(service, GREEN, RolloutState.COMPLETED)
    await stage.until_quiet()
    assert (await stage.run(request.id)).state is RunState.SUCCEEDED


async def test_a_permission_that_is_missing_holds_it_by_name_and_it_goes_on_from_there(
    stage: Deploying,
) -> None:
    stage.production.fail("rollers.update", DENIED)
    run = await stage.deployed()
    assert run.state is RunState.HELD
    assert "Allow ecs:UpdateService." in run.note
    await resume(stage.world, stage.asking(BEN), run.id)
    await stage.until_quiet()
    assert (await stage.run(run.id)).state is RunState.SUCCEEDED
    refused = [*DEPLOYED[:3], "update_service", *DEPLOYED[3:]]
    assert stage.called() == refused


async def test_a_list_that_lags_makes_no_second_revision(stage: Deploying) -> None:
    stage.clock.advance(120)
    stage.production.families_listed_after = timedelta(minutes=2)
    run = await stage.deployed()
    assert run.state is RunState.SUCCEEDED, run.note
    assert stage.called().count("register_task_definition") == 2  # The migration's and its own.


async def migrating(stage: Deploying) -> Run:
    """It has come to the migration, which goes on."""
    stage.production.errand_ends = None
    request = await stage.agreed()
    await stage.until_quiet(seconds=30)
    run = await stage.run(request.id)
    assert run.next_step is not None
    assert run.next_step.spec.name == "deploy.migrate"
    return run


async def test_what_serves_is_never_replaced_though_it_was_idle_when_the_run_began(
    stage: Deploying,
) -> None:
    run = await migrating(stage)
    stage.production.set_weights("backend", {BLUE: 0, GREEN: 100})
    stage.production.end_errand(f"filmops-R{run.id}-migrate", 0)
    await stage.until_quiet()
    held = await stage.run(run.id)
    assert held.state is RunState.HELD
    assert "is not all on blue. What serves is not replaced." in held.note
    assert "update_service" not in stage.called()


async def test_what_serves_is_never_scaled_in_though_it_was_idle_when_the_run_began(
    stage: Deploying,
) -> None:
    stage.production.fail("rollers.update", DENIED)
    request = await stage.ask("retire backend")
    await stage.approve(request.id)
    await stage.until_quiet()
    assert (await stage.run(request.id)).state is RunState.HELD
    stage.production.set_weights("backend", {BLUE: 0, GREEN: 100})
    await resume(stage.world, stage.asking(BEN), request.id)
    await stage.until_quiet()
    held = await stage.run(request.id)
    assert (held.state, "green has traffic" in held.note) == (RunState.HELD, True)
    assert stage.called() == ["update_service"]  # The one that was denied.
