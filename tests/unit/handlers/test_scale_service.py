"""`/filmops scale SERVICE`: how many, who hesitates, who will undo it, and that it is so then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.capacity import Autoscaling, Scheduled, Stopped
from bot.domain.live import Targets
from bot.domain.request import RequestState
from bot.domain.run import Control, RunState
from bot.engine.approvals import resume, steer
from bot.engine.dispatch import Asked
from bot.engine.reconciler import requeue
from bot.errors import OperationFailed, Refused, Temporary, UserError
from bot.topology import Colour
from tests.productions import tracking
from tests.stage import ANA, BEN, CHLOE, Stage, codes

pytestmark = pytest.mark.unit

BLUE, GREEN = Colour.BLUE, Colour.GREEN
HALF = ("backend", BLUE)


@pytest.fixture
def stage() -> Stage:
    made = Stage()
    policy = tracking("cpu", "ECSServiceAverageCPUUtilization", 60)
    made.production.scaled[HALF] = Autoscaling(minimum=2, maximum=10, policies=(policy,))
    healthy(made, 12)
    return made


def healthy(stage: Stage, number: int) -> None:
    """So many of blue's targets are healthy: the twin has no tasks to be them."""
    stage.production.targets[HALF] = Targets(healthy=number, unhealthy=0)


def wanted(stage: Stage) -> int:
    return stage.production.tasks[HALF].desired


async def carried(stage: Stage, text: str, *, seconds: float = 3600) -> RunState:
    """Asked for, approved by as many as it takes, carried."""
    request = await stage.ask(text)
    for who in (BEN, CHLOE)[: request.needed]:
        await stage.approve(request.id, who)
    await stage.until_quiet(seconds=seconds)
    return (await stage.run(request.id)).state


async def mistaken(stage: Stage, text: str) -> str:
    with pytest.raises(UserError) as mistake:
        await stage.type(text)
    return f"{mistake.value.message} {mistake.value.hint}"


# --- what is planned ---------------------------------------------------------------------------


async def test_the_plan_shows_both_colours_the_call_and_who_will_undo_it(stage: Stage) -> None:
    plan = (await stage.ask("scale backend 8")).plan
    assert [(c.before, c.after) for c in plan.changes] == [("3", "8")]
    assert [line.split(":")[0] for line in plan.evidence] == ["blue (serves)", "green", PLENTY]
    (call,) = [call for step in plan.steps for call in step.calls]
    assert (call.action, call.parameters["desiredCount"]) == ("update_service", 8)
    assert call.parameters["service"] == "backend-service-blue"
    (warning,) = plan.warnings
    assert "will scale in again, down to 2" in warning
    assert "`/filmops scale backend 8 --min 8`" in warning


PLENTY = "200 free addresses for more tasks"


@pytest.mark.parametrize(
    ("words", "after", "approvals"),
    [
        ("6", 6, 1),
        ("+2", 5, 1),
        ("-1", 2, 1),
        ("7", 7, 2),
        ("1", 1, 2),
        ("0", 0, 2),
    ],
)
async def test_beyond_twice_below_half_or_to_none_takes_one_more_person(
    stage: Stage, words: str, after: int, approvals: int
) -> None:
    request = await stage.ask(f"scale backend {words}")
    assert [change.after for change in request.plan.changes] == [str(after)]
    assert request.needed == approvals


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("scale backend 12", "`/filmops scale backend 12 --max 12`"),
        ("scale backend 12", "`/filmops scale backend 12 --min 12 --max 12`"),
        ("scale backend 1", "`/filmops scale backend 1 --min 1`"),
        ("scale backend 1", "`/filmops scale backend 1 --max 1 --min 1`"),
        ("scale backend +2", "`/filmops scale backend 5 --min 5`"),
    ],
)
async def test_each_way_it_is_undone_has_its_alternative(
    stage: Stage, words: str, says: str
) -> None:
    assert any(says in warning for warning in (await stage.ask(words)).plan.warnings)


async def test_the_calendar_is_named_and_what_is_suspended_undoes_nothing(stage: Stage) -> None:
    night = Scheduled(name="night", when="cron(0 22 * * ? *)", minimum=2, maximum=4)
    found = replace(stage.production.scaled[HALF], scheduled=(night,))
    stopped = frozenset({Stopped.SHRINKING})
    stage.production.scaled[HALF] = replace(found, suspended=stopped)
    (warning,) = (await stage.ask("scale backend 6")).plan.warnings
    assert warning == (
        "The scheduled action night (cron(0 22 * * ? *)): min 2, max 4 sets it anew."
    )


async def test_without_autoscaling_nobody_undoes_it_and_there_are_no_bounds(stage: Stage) -> None:
    del stage.production.scaled[HALF]
    assert (await stage.ask("scale backend 6")).plan.warnings == ()
    with pytest.raises(Refused) as refused:
        await stage.type("scale backend 6 --min 6")
    assert refused.value.code == "nothing_to_do"


async def test_more_than_there_are_addresses_for_is_refused(stage: Stage) -> None:
    stage.production.rooms[HALF] = 2
    assert codes(await stage.type("scale backend 6")) == ["no_room"]
    assert isinstance(await stage.type("scale backend 5"), Asked)


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("containers.tasks", Temporary("throttled")),
        ("scaling.service", OperationFailed("AccessDenied", code="denied")),
        ("traffic.routes", OperationFailed("403", code="denied")),
    ],
)
async def test_what_cannot_be_read_is_not_scaled(
    stage: Stage, method: str, error: Exception
) -> None:
    stage.production.fail(method, error, times=9)  # type: ignore[arg-type]  # either is one
    with pytest.raises(Refused) as refused:
        await stage.type("scale backend 6")
    assert refused.value.code == "live_state_unknown"


async def test_what_is_so_already_or_on_both_colours_is_refused(stage: Stage) -> None:
    for text, code in (("scale backend 3", "nothing_to_do"), ("scale backend +0", "nothing_to_do")):
        with pytest.raises(Refused) as refused:
            await stage.type(text)
        assert refused.value.code == code
    stage.production.set_weights("backend", {BLUE: 50, GREEN: 50})
    with pytest.raises(Refused) as mixed:
        await stage.type("scale backend 6")
    assert mixed.value.code == "mixed_traffic"


async def test_words_that_are_off_are_answered_with_how_to_say_it(stage: Stage) -> None:
    assert "Did you mean backend?" in await mistaken(stage, "scale bakend 3")
    assert "like 8, or how many more or fewer" in await mistaken(stage, "scale backend lots")
    assert "that would be -2" in await mistaken(stage, "scale backend -5")
    assert "write a time like" in await mistaken(stage, "scale backend 5 for ever")
    assert "How many of backend?" in await mistaken(stage, "scale backend")
    assert "said twice" in await mistaken(stage, "scale backend 5 --for 1h for 2h")
    assert "7 days are the longest" in await mistaken(stage, "scale backend 5 for 30d")
    assert "a database's" in await mistaken(stage, "scale backend 5 --when now")
    assert "min 9 is more than max 8" in await mistaken(stage, "scale backend --min 9 --max 8")


# --- what is done ------------------------------------------------------------------------------


async def test_as_many_run_as_wanted_and_the_change_log_has_it(stage: Stage) -> None:
    assert await carried(stage, "scale backend 6") is RunState.SUCCEEDED
    assert wanted(stage) == 6
    (change,) = await stage.world.store.runs.changes()
    assert (change.before, change.after) == (
        "Backend API, tasks of blue: 3",
        "Backend API, tasks of blue: 6",
    )


async def test_wider_bounds_go_before_the_count_and_narrower_ones_after(stage: Stage) -> None:
    assert await carried(stage, "scale backend 12 --min 8 --max 12") is RunState.SUCCEEDED
    called = [(call.action, *call.parameters.values()) for call in stage.production.effects]
    assert [call[0] for call in called] == [
        "register_scalable_target",
        "update_service",
        "register_scalable_target",
    ]
    assert (called[0][-1], called[2][-1]) == (12, 8)
    assert stage.production.scaled[HALF].bounds == "8 to 12"


async def test_bounds_alone_move_the_count_only_as_far_as_they_must(stage: Stage) -> None:
    plan = (await stage.ask("scale backend --min 5")).plan
    assert [change.after for change in plan.changes] == ["5", "5 to 10"]
    plan = (await stage.ask("scale backend --max 8")).plan
    assert [change.after for change in plan.changes] == ["2 to 8"]


async def test_on_the_way_down_it_waits_for_draining_and_tells_of_the_log(stage: Stage) -> None:
    stage.production.targets[HALF] = Targets(healthy=2, unhealthy=0, draining=1)
    request = await stage.ask("scale backend 2")
    await stage.approve(request.id)
    await stage.until_quiet(seconds=20)
    run = await stage.run()
    assert "2 of 2 targets are healthy, 1 drain" in run.steps[-1].progress["said"]
    healthy(stage, 2)
    await stage.until_quiet()
    assert (await stage.run()).note.endswith("Lines of errors in the log meanwhile: 0.")


async def test_one_that_never_becomes_well_is_held_with_what_it_saw(stage: Stage) -> None:
    healthy(stage, 3)
    assert await carried(stage, "scale backend 6") is RunState.HELD
    assert "3 of 3 targets are healthy. That takes longer than 900 s" in (await stage.run()).note


async def test_a_count_somebody_set_since_the_plan_is_drift_and_since_the_start_is_not_touched(
    stage: Stage,
) -> None:
    request = await stage.ask("scale backend 6")
    stage.production.roll(stage.topology.services["backend"], BLUE, desired=4)
    await stage.approve(request.id)
    await stage.until_quiet()
    stale = await stage.request()
    assert stale.state is RequestState.STALE
    assert "blue's tasks: 3 → 4" in stale.note
    again = await stage.started("scale backend 6")
    stage.production.roll(stage.topology.services["backend"], BLUE, desired=5)
    await stage.world.jobs.step(again.id, 0, 0, again.resource)
    await stage.until_quiet()
    assert "has set 5 tasks since the approval" in (await stage.run(again.id)).note
    assert stage.production.effects == []


async def test_a_count_that_moves_while_it_is_waited_for_is_told(stage: Stage) -> None:
    healthy(stage, 3)
    request = await stage.ask("scale backend 6")
    await stage.approve(request.id)
    await stage.until_quiet(seconds=10)
    stage.production.roll(stage.topology.services["backend"], BLUE, desired=4)
    await stage.until_quiet()
    assert (
        "wants 4 tasks instead of 6. See who: /filmops autoscaling backend"
        in (await stage.run()).note
    )


async def test_a_lost_answer_is_read_back_and_a_denial_holds_until_it_is_allowed(
    stage: Stage,
) -> None:
    stage.production.fail("rollers.update", Temporary("timeout"), after=True)
    assert await carried(stage, "scale backend 6") is RunState.SUCCEEDED
    assert len(stage.production.effects) == 1
    denied = OperationFailed("AccessDenied", code="denied", hint="Allow ecs:UpdateService.")
    stage.production.fail("rollers.update", denied)
    assert await carried(stage, "scale backend 5") is RunState.HELD
    assert "Allow ecs:UpdateService." in (await stage.run(2)).note
    await resume(stage.world, stage.asking(BEN), 2)
    await stage.until_quiet()
    assert (await stage.run(2)).state is RunState.SUCCEEDED


# --- for a while -------------------------------------------------------------------------------


async def later(stage: Stage, seconds: float) -> None:
    """Nobody was there for so long; then a scheduler is."""
    stage.clock.advance(seconds)
    await requeue(stage.world)
    await stage.until_quiet(seconds=900)


async def test_it_returns_by_itself_once_even_if_nobody_was_there_at_its_time(
    stage: Stage,
) -> None:
    assert await carried(stage, "scale backend 6 for 2h premiere") is RunState.SUCCEEDED
    assert (await stage.request(1)).reason == "premiere"
    request = await stage.request(2)
    assert (request.words, request.actor, request.needed) == ("scale backend 3", ANA, 0)
    assert request.reason == "the end of R1"
    await later(stage, 3600)
    assert wanted(stage) == 6
    await later(stage, 24 * 3600)
    assert wanted(stage) == 3
    assert (await stage.run(2)).state is RunState.SUCCEEDED
    await later(stage, 24 * 3600)
    assert len(await stage.world.store.requests.recent()) == 2


async def test_it_takes_bounds_back_that_it_had_set(stage: Stage) -> None:
    text = "scale backend 12 --min 12 --max 12 --for 1h"
    assert await carried(stage, text, seconds=600) is RunState.SUCCEEDED
    assert (await stage.request(2)).words == "scale backend 3 --min 2 --max 10"
    await later(stage, 3600)
    assert (wanted(stage), stage.production.scaled[HALF].bounds) == (3, "2 to 10")


async def test_scaled_otherwise_meanwhile_it_goes_stale_and_says_so(stage: Stage) -> None:
    await carried(stage, "scale backend 6 for 2h")
    stage.production.roll(stage.topology.services["backend"], BLUE, desired=5)
    await later(stage, 2 * 3600)
    request = await stage.request(2)
    assert request.state is RequestState.STALE
    assert "blue's tasks: 6 → 5" in request.note
    assert wanted(stage) == 5


async def test_it_waits_for_another_run_and_for_an_aws_that_does_not_tell(stage: Stage) -> None:
    await carried(stage, "scale backend 6 for 2h")
    other = await stage.started("rollback backend")
    stage.production.fail("traffic.targets", OperationFailed("it is held"))
    await later(stage, 2 * 3600)
    assert (await stage.request(2)).state is RequestState.APPROVED
    await steer(stage.world, stage.asking(BEN), other.id, Control.ABORT)
    stage.production.fail("scaling.service", Temporary("throttled"), times=2)
    await later(stage, 60)
    assert (await stage.request(2)).state is RequestState.APPROVED
    assert wanted(stage) == 6
    await later(stage, 60)
    await later(stage, 60)
    assert (await stage.run(2)).state is RunState.SUCCEEDED
    assert wanted(stage) == 3


async def test_what_nobody_could_begin_for_three_days_stays_and_says_so(stage: Stage) -> None:
    await carried(stage, "scale backend 6 for 2h")
    await later(stage, 3 * 24 * 3600 + 2 * 3600 + 1)
    request = await stage.request(2)
    assert request.state is RequestState.EXPIRED
    assert "Ask again: /filmops scale backend 3" in request.note
    assert wanted(stage) == 6
