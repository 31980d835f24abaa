"""`/filmops retire`, typed or left by a deployment: only ever the colour without traffic."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.live import Route, Tasks
from bot.domain.release import RolloutState
from bot.domain.request import RequestState
from bot.domain.run import RunState
from bot.engine.approvals import resume
from bot.engine.reconciler import requeue
from bot.engine.retiring import retire_later
from bot.errors import OperationFailed, Refused, Temporary
from bot.topology import Colour
from tests.stage import ANA, BEN, Stage, codes

pytestmark = pytest.mark.unit

BLUE, GREEN = Colour.BLUE, Colour.GREEN
BACKEND = "backend"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def green(stage: Stage) -> Tasks:
    return stage.production.tasks[BACKEND, GREEN]


def service_calls(stage: Stage) -> list[int]:
    """The counts that were asked of ECS."""
    effects = stage.production.effects
    return [e.parameters["desiredCount"] for e in effects if e.action == "update_service"]


async def refused(stage: Stage, text: str) -> Refused:
    with pytest.raises(Refused) as refusal:
        await stage.type(text)
    return refusal.value


# --- typed -------------------------------------------------------------------------------------


async def test_the_idle_colour_is_scaled_in_and_traffic_is_not_touched(stage: Stage) -> None:
    request = await stage.ask("retire backend saving money")
    assert request.plan.summary.startswith("Scale green of Backend API in to 0 tasks: blue serves.")
    assert [(c.subject, c.before, c.after) for c in request.plan.changes] == [
        ("green's tasks", "3", "0")
    ]
    await stage.approve(request.id)
    await stage.until_quiet()
    run = await stage.run()
    assert run.state is RunState.SUCCEEDED, run.note
    assert [effect.action for effect in stage.production.effects] == ["update_service"]
    assert (green(stage).desired, stage.production.tasks[BACKEND, BLUE].desired) == (0, 3)


async def test_some_tasks_can_be_left(stage: Stage) -> None:
    request = await stage.ask("retire backend --tasks 1")
    await stage.approve(request.id)
    await stage.until_quiet()
    assert service_calls(stage) == [1]


async def test_what_is_gone_already_is_nothing_to_do(stage: Stage) -> None:
    refusal = await refused(stage, "retire backend --tasks 3")
    assert (refusal.code, refusal.hint) == ("nothing_to_do", "/filmops status backend")
    assert "green of Backend API wants 3 tasks" in refusal.message


async def test_with_traffic_on_both_colours_neither_is_idle(stage: Stage) -> None:
    stage.production.set_weights(BACKEND, {BLUE: 50, GREEN: 50})
    assert (await refused(stage, "retire backend")).code == "mixed_traffic"


@pytest.mark.parametrize("method", ["traffic.routes", "containers.tasks"])
async def test_what_cannot_be_read_is_not_guessed(stage: Stage, method: str) -> None:
    stage.production.fail(method, OperationFailed("AWS said no", code="denied"), times=2)
    assert (await refused(stage, "retire backend")).code == "live_state_unknown"


async def test_a_live_colour_whose_tasks_are_unknown_is_only_evidence(stage: Stage) -> None:
    del stage.production.tasks[BACKEND, BLUE]
    request = await stage.ask("retire backend")
    assert request.plan.evidence[0] == "blue: its tasks could not be read"


async def test_a_lock_of_somebody_else_is_in_the_way(stage: Stage) -> None:
    await stage.type("lock backend I look at green", BEN)
    assert codes(await stage.type("retire backend", ANA)) == ["locked"]


# --- the steps ---------------------------------------------------------------------------------


async def test_traffic_that_came_in_the_last_second_holds_it(stage: Stage) -> None:
    run = await stage.started("retire backend")
    stage.production.set_weights(BACKEND, {BLUE: 90, GREEN: 10})
    await stage.jobs.step(run.id, 0, 0, run.resource)
    await stage.until_quiet(seconds=60)
    held = await stage.run()
    assert held.state is RunState.HELD
    assert "green has traffic on HTTPS:443 default, HTTPS:443 rule 20." in held.note
    assert service_calls(stage) == []


async def test_without_a_route_it_is_not_known_who_serves(stage: Stage) -> None:
    run = await stage.started("retire backend")
    kept: list[Route] = stage.production.routes[BACKEND]
    stage.production.routes[BACKEND] = []
    await stage.jobs.step(run.id, 0, 0, run.resource)
    await stage.until_quiet(seconds=60)
    assert "green has traffic on no known route." in (await stage.run()).note
    stage.production.routes[BACKEND] = kept
    await resume(stage.world, stage.asking(BEN), run.id)
    await stage.until_quiet()
    assert (await stage.run()).state is RunState.SUCCEEDED


async def test_an_answer_that_was_lost_is_read_back_and_not_sent_again(stage: Stage) -> None:
    stage.production.fail("rollers.update", Temporary("AWS: lost"), after=True)
    request = await stage.ask("retire backend")
    await stage.approve(request.id)
    await stage.until_quiet()
    assert (await stage.run()).state is RunState.SUCCEEDED
    assert service_calls(stage) == [0]


async def test_traffic_that_came_while_it_was_held_is_not_taken_its_tasks(stage: Stage) -> None:
    stage.production.fail("rollers.update", OperationFailed("AWS said no", code="denied"))
    request = await stage.ask("retire backend")
    await stage.approve(request.id)
    await stage.until_quiet(seconds=60)
    assert (await stage.run()).state is RunState.HELD
    stage.production.set_weights(BACKEND, {BLUE: 0, GREEN: 100})
    await resume(stage.world, stage.asking(BEN), request.id)
    await stage.until_quiet(seconds=60)
    assert "green has traffic on" in (await stage.run()).note
    assert green(stage).desired == 3


async def test_tasks_that_are_drained_for_minutes_are_waited_for(stage: Stage) -> None:
    stage.production.rollout_ends = RolloutState.IN_PROGRESS
    request = await stage.ask("retire backend")
    await stage.approve(request.id)
    await stage.until_quiet(seconds=320)
    run = await stage.run()
    assert run.state is RunState.RUNNING
    assert run.steps[2].progress["said"] == "3 tasks run."
    stage.production.tasks[BACKEND, GREEN] = replace(green(stage), running=0, pending=0)
    await stage.until_quiet()
    assert (await stage.run()).state is RunState.SUCCEEDED


async def test_tasks_that_never_go_hold_it(stage: Stage) -> None:
    stage.production.rollout_ends = RolloutState.IN_PROGRESS
    request = await stage.ask("retire backend")
    await stage.approve(request.id)
    await stage.until_quiet()
    assert "3 tasks run. That takes longer than 900 s." in (await stage.run()).note


async def test_who_scales_it_out_again_meanwhile_is_not_fought(stage: Stage) -> None:
    stage.production.rollout_ends = RolloutState.IN_PROGRESS
    request = await stage.ask("retire backend")
    await stage.approve(request.id)
    await stage.until_quiet(seconds=60)
    stage.production.tasks[BACKEND, GREEN] = replace(green(stage), desired=2)
    await stage.until_quiet()
    run = await stage.run()
    assert run.state is RunState.SUCCEEDED
    assert run.note == "Somebody, or autoscaling, wants 2 tasks of it again."
    assert service_calls(stage) == [0]


# --- left by a deployment ----------------------------------------------------------------------


async def left(stage: Stage) -> str:
    """What a deployment R1, which Ana had asked for, says about its old colour."""
    await stage.ask()
    return await retire_later(stage.world, stage.topology.services[BACKEND], run=1)


async def test_it_waits_out_the_rollback_window_and_then_goes_by_itself(stage: Stage) -> None:
    assert await left(stage) == "The old colour stays warm for 1 d; R2 scales it in then."
    request = await stage.request(2)
    assert (request.actor, request.needed, request.state) == (ANA, 0, RequestState.APPROVED)
    assert request.plan.pre_approved == "R1 was approved with it."
    row = (await stage.rows())[-1].entry
    assert row.detail["pre_approved"] == request.plan.pre_approved
    assert row.detail["plan"] == request.plan.hash
    assert await requeue(stage.world) == 0
    stage.clock.advance(24 * 3600)
    await requeue(stage.world)
    await stage.until_quiet()
    assert (await stage.run(2)).state is RunState.SUCCEEDED
    assert green(stage).desired == 0


async def test_a_deployment_that_says_it_twice_leaves_one(stage: Stage) -> None:
    await left(stage)
    said = await retire_later(stage.world, stage.topology.services[BACKEND], run=1)
    assert "R2 scales it in then." in said
    assert len(await stage.world.store.requests.recent()) == 2


async def test_words_somebody_typed_do_not_stand_in_for_it(stage: Stage) -> None:
    await stage.ask("retire backend the old colour of R1")
    said = await retire_later(stage.world, stage.topology.services[BACKEND], run=1)
    assert "R2 scales it in then." in said


async def test_a_rollback_meanwhile_makes_it_stale_and_nothing_is_taken(stage: Stage) -> None:
    await left(stage)
    stage.production.set_weights(BACKEND, {BLUE: 0, GREEN: 100})
    stage.clock.advance(24 * 3600)
    await requeue(stage.world)
    await stage.until_quiet()
    request = await stage.request(2)
    assert request.state is RequestState.STALE
    assert "HTTPS:443 default: blue 100, green 0 → blue 0, green 100" in request.note
    assert service_calls(stage) == []


async def test_workers_that_were_away_for_too_long_take_nothing(stage: Stage) -> None:
    await left(stage)
    stage.clock.advance(timedelta(hours=36, seconds=1).total_seconds())
    await requeue(stage.world)
    await stage.until_quiet()
    assert (await stage.request(2)).state is RequestState.EXPIRED
    assert service_calls(stage) == []


async def test_where_nothing_is_idle_or_too_much_it_says_so(stage: Stage) -> None:
    stage.production.tasks[BACKEND, GREEN] = replace(green(stage), desired=0, running=0)
    assert "there is nothing to take" in await left(stage)
    assert len(await stage.world.store.requests.recent()) == 1


async def test_when_aws_does_not_tell_it_is_asked_again_and_not_forgotten(stage: Stage) -> None:
    stage.production.fail("containers.tasks", Temporary("AWS: throttled"), times=2)
    with pytest.raises(Temporary, match="throttled"):
        await retire_later(stage.world, stage.topology.services[BACKEND], run=1)


async def test_of_a_run_without_a_request_it_is_filmops_own(stage: Stage) -> None:
    await retire_later(stage.world, stage.topology.services[BACKEND], run=77)
    assert (await stage.request(1)).actor == "filmops"
