"""`/filmops scale gpu`: bounds respected and offered, jobs left alone, no worker kept forever."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.capacity import Autoscaling, Stopped
from bot.domain.live import QueueState
from bot.domain.run import Control, Run, RunState
from bot.engine.approvals import steer
from bot.engine.reconciler import requeue
from bot.errors import OperationFailed, Refused, Temporary
from tests.productions import tracking
from tests.stage import BEN, CHLOE, Stage

pytestmark = pytest.mark.unit


@pytest.fixture
def stage() -> Stage:
    made = Stage()
    policy = tracking("gpu-cpu", "ASGAverageCPUUtilization", 70)
    made.production.group_scaling["gpu"] = Autoscaling(minimum=1, maximum=6, policies=(policy,))
    made.production.queues["prod-jobs"] = QueueState(waiting=0, in_flight=0, dead=0)
    return made


async def began(stage: Stage, text: str, *, seconds: float = 60) -> Run:
    """Asked for, approved by as many as it takes, carried for so long."""
    request = await stage.ask(text)
    for who in (BEN, CHLOE)[: request.needed]:
        await stage.approve(request.id, who)
    await stage.until_quiet(seconds=seconds)
    return await stage.run(request.id)


def size(stage: Stage) -> tuple[int, int]:
    """How many are wanted, and how many are in service."""
    state = stage.production.groups["gpu"]
    return state.desired, state.in_service


def protected(stage: Stage) -> list[str]:
    return [member.id for member in stage.production.members["gpu"] if member.protected]


def called(stage: Stage) -> list[str]:
    return [call.action for call in stage.production.effects]


# --- up ----------------------------------------------------------------------------------------


async def test_more_workers_come_and_the_queue_is_watched_until_they_take_from_it(
    stage: Stage,
) -> None:
    stage.production.queues["prod-jobs"] = QueueState(waiting=80, in_flight=2, dead=0)
    run = await began(stage, "scale gpu 4")
    assert size(stage) == (4, 4)
    assert run.steps[-1].progress["said"] == "prod-jobs holds 80, 2 in flight."
    stage.production.queues["prod-jobs"] = QueueState(waiting=78, in_flight=4, dead=0)
    await stage.until_quiet()
    assert (await stage.run()).note == "prod-jobs holds 78, 4 in flight: workers take from it."
    assert called(stage) == ["set_desired_capacity"]


async def test_workers_that_take_nothing_hold_the_run(stage: Stage) -> None:
    stage.production.queues["prod-jobs"] = QueueState(waiting=80, in_flight=2, dead=0)
    run = await began(stage, "scale gpu 3", seconds=3600)
    assert run.state is RunState.HELD
    assert "nobody has taken anything for 900 s" in run.note


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("8", "/filmops scale gpu 8 --max 8"),
        ("+5", "/filmops scale gpu 7 --max 7"),
        ("0", "/filmops scale gpu 0 --min 0"),
    ],
)
async def test_beyond_the_bounds_it_is_refused_with_what_moves_them(
    stage: Stage, words: str, hint: str
) -> None:
    with pytest.raises(Refused) as refused:
        await stage.type(f"scale gpu {words}")
    assert (refused.value.code, refused.value.hint) == ("out_of_bounds", hint)


async def test_the_bound_is_moved_first_when_it_is_asked_for(stage: Stage) -> None:
    run = await began(stage, "scale gpu 8 --max 8", seconds=3600)
    assert run.state is RunState.SUCCEEDED
    assert called(stage) == ["update_auto_scaling_group", "set_desired_capacity"]
    assert size(stage) == (8, 8)


@pytest.mark.parametrize(("stopped", "words"), [(Stopped.LAUNCH, "3"), (Stopped.TERMINATE, "1")])
async def test_a_group_that_may_not_start_or_end_instances_is_not_sized(
    stage: Stage, stopped: Stopped, words: str
) -> None:
    found = stage.production.group_scaling["gpu"]
    stage.production.group_scaling["gpu"] = replace(found, suspended=frozenset({stopped}))
    with pytest.raises(Refused) as refused:
        await stage.type(f"scale gpu {words}")
    assert refused.value.code == "not_ready"


async def test_for_a_while_it_returns_and_its_bound_does_too(stage: Stage) -> None:
    await began(stage, "scale gpu 8 --max 8 for 2h", seconds=3600)
    assert (await stage.request(2)).words == "scale gpu 2 --max 6"
    stage.clock.advance(2 * 3600)
    await requeue(stage.world)
    await stage.until_quiet(seconds=600)
    assert (await stage.run(2)).state is RunState.SUCCEEDED
    assert size(stage) == (2, 2)
    assert stage.production.groups["gpu"].maximum == 6


async def test_target_tracking_that_will_undo_it_is_named(stage: Stage) -> None:
    (warning,) = (await stage.ask("scale gpu 4")).plan.warnings
    assert "gpu-cpu (target tracking: ASGAverageCPUUtilization at 70)" in warning
    assert "`/filmops scale gpu 4 --min 4`" in warning


# --- down --------------------------------------------------------------------------------------


async def test_the_idle_one_goes_and_the_busy_one_is_kept_and_let_go_of(stage: Stage) -> None:
    stage.production.busy = {"i-0001"}
    request = await stage.ask("scale gpu 1")
    assert request.needed == 1
    assert "2 of 2 in service, 1 run jobs" in request.plan.evidence
    await stage.approve(request.id)
    await stage.until_quiet()
    assert (await stage.run()).state is RunState.SUCCEEDED
    assert [member.id for member in stage.production.members["gpu"]] == ["i-0001"]
    assert protected(stage) == []
    assert called(stage) == [
        "set_instance_protection",
        "set_desired_capacity",
        "set_instance_protection",
    ]


async def test_with_too_few_idle_it_takes_one_more_person_and_waits_for_jobs(
    stage: Stage,
) -> None:
    stage.production.busy = {"i-0001", "i-0002"}
    request = await stage.ask("scale gpu 1")
    assert request.plan.more_approvals == ("1 are to go and 0 are idle: it waits for jobs to end",)
    run = await began(stage, "scale gpu 1")
    assert size(stage) == (1, 2)
    waiting = next(step for step in run.steps if step.spec.name == "scale.workers")
    assert "2 of those that are to go run a job" in waiting.progress["said"]
    stage.production.busy = {"i-0001"}
    await stage.until_quiet(seconds=600)
    assert (await stage.run(run.id)).state is RunState.SUCCEEDED
    assert [member.id for member in stage.production.members["gpu"]] == ["i-0001"]
    assert protected(stage) == []


async def test_a_job_that_does_not_end_holds_it_and_an_abort_goes_the_way_back(
    stage: Stage,
) -> None:
    stage.production.busy = {"i-0001", "i-0002"}
    run = await began(stage, "scale gpu 1 --max 4", seconds=3 * 3600)
    assert run.state is RunState.HELD
    assert "takes longer than 7200 s" in run.note
    await steer(stage.world, stage.asking(BEN), run.id, Control.ABORT)
    await stage.until_quiet(seconds=600)
    ended = await stage.run(run.id)
    assert ended.state is RunState.ABORTED, ended.note
    assert (size(stage), protected(stage)) == ((2, 2), [])
    assert stage.production.groups["gpu"].maximum == 6


async def test_what_somebody_else_protects_stays_protected(stage: Stage) -> None:
    stage.production.protect("gpu", ["i-0001"], protected=True)
    stage.production.busy = {"i-0001"}
    assert (await began(stage, "scale gpu 1")).state is RunState.SUCCEEDED
    assert protected(stage) == ["i-0001"]


async def test_without_a_metric_of_jobs_the_card_says_what_is_lost(stage: Stage) -> None:
    groups = {"gpu": stage.topology.groups["gpu"].model_copy(update={"busy": None})}
    plain = Stage(topology=stage.topology.model_copy(update={"groups": groups}))
    plan = (await plain.ask("scale gpu 1")).plan
    assert "[groups.gpu.busy]" in plan.warnings[0]
    assert [step.name for step in plan.steps] == ["scale.desire", "scale.workers"]


async def test_who_is_busy_must_be_known(stage: Stage) -> None:
    for error in (Temporary("throttled"), OperationFailed("403", code="denied")):
        stage.production.fail("scaling.busy", error)
        with pytest.raises(Refused) as refused:
            await stage.type("scale gpu 1")
        assert refused.value.code == "live_state_unknown"


async def test_a_size_somebody_set_meanwhile_is_not_touched(stage: Stage) -> None:
    run = await stage.started("scale gpu 4")
    stage.production.desire("gpu", 3)
    await stage.world.jobs.step(run.id, 0, 0, run.resource)
    await stage.until_quiet()
    assert "wants 3 instances by now" in (await stage.run(run.id)).note
    assert called(stage) == []


async def test_a_lost_answer_sizes_it_once(stage: Stage) -> None:
    stage.production.fail("scaling.desire", Temporary("timeout"), after=True)
    assert (await began(stage, "scale gpu 3")).state is RunState.SUCCEEDED
    assert called(stage) == ["set_desired_capacity"]
