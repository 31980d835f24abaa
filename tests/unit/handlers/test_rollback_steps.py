"""Traffic moves once, onto a colour that can serve; what looks wrong afterwards asks a person."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.adapters.memory.probe import MemoryAnswer
from bot.domain.live import Minute, Targets
from bot.domain.run import Run, RunState, StepState
from bot.engine.approvals import resume
from bot.engine.step import Done, Hold, Outcome, Wait, Work
from bot.engine.trying import LOOKS
from bot.errors import Fenced, OperationFailed, Temporary
from bot.topology import Colour
from handlers.rollback.steps import STEPS
from tests.stage import BEN, Stage

pytestmark = pytest.mark.unit

BLUE, GREEN = Colour.BLUE, Colour.GREEN
BACKEND_GREEN = ("backend", GREEN)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def free() -> None:
    """A fence that lets everything through."""


async def work(stage: Stage, position: int, **progress: Any) -> Work:
    """One attempt of a step of the backend's rollback, at this moment."""
    run = await stage.started()
    return Work(
        world=stage.world,
        run=run.id,
        args=run.steps[position].spec.args,
        progress=progress,
        started_at=stage.clock.now(),
        fence=free,
    )


async def acted(given: Work, name: str) -> Outcome:
    return await STEPS[f"rollback.{name}"].act(given)


async def carried(stage: Stage) -> Run:
    """A whole run, from its first step to where it ends or stands still."""
    run = await stage.started()
    await stage.world.jobs.step(run.id, 0, 0, run.resource)
    await stage.until_quiet()
    return await stage.run()


def judged(run: Run) -> list[str]:
    return [str(verdict) for verdict in run.steps[-1].result["verdicts"]]


# --- the whole of it -------------------------------------------------------------------------


async def test_a_rollback_moves_each_route_once_and_ends_well(stage: Stage) -> None:
    stage.traffic()
    run = await carried(stage)
    assert run.state is RunState.SUCCEEDED
    assert stage.production.weights("backend") == [{BLUE: 0, GREEN: 100}] * 2
    assert [call.action for call in stage.production.effects] == ["modify_listener", "modify_rule"]
    assert judged(run) == ["ok", "ok", "ok"]
    assert run.note.startswith("3 of 3 closed minutes: 3 ok; 0.0% errors, worst p95 200 ms")
    assert "login works" in run.steps[4].result["said"]


@pytest.mark.parametrize("after", [False, True])
async def test_a_lost_answer_of_the_load_balancer_moves_nothing_twice(
    stage: Stage, after: bool
) -> None:
    stage.traffic()
    stage.production.fail("traffic.set_weights", Temporary("timeout"), after=after)
    run = await carried(stage)
    assert run.state is RunState.SUCCEEDED
    refused_before_acting = 0 if after else 1
    assert len(stage.production.effects) == 2 + refused_before_acting
    assert stage.production.weights("backend") == [{BLUE: 0, GREEN: 100}] * 2


# --- guard -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("targets", "outcome"),
    [
        (Targets(healthy=3, unhealthy=0), Done),
        (Targets(healthy=1, unhealthy=1), Done),
        (Targets(healthy=1, unhealthy=2), Hold),
        (Targets(healthy=0, unhealthy=0), Hold),
        (Targets(healthy=0, unhealthy=0, draining=3), Hold),
    ],
)
async def test_traffic_is_not_moved_onto_what_has_broken_since(
    stage: Stage, targets: Targets, outcome: type[Outcome]
) -> None:
    given = await work(stage, 0)
    stage.production.targets[BACKEND_GREEN] = targets
    assert isinstance(await acted(given, "guard"), outcome)
    assert stage.production.effects == []


# --- switch ----------------------------------------------------------------------------------


async def test_a_switched_route_reads_back_as_done(stage: Stage) -> None:
    given = await work(stage, 1)
    done = STEPS["rollback.switch"].done
    assert done is not None
    assert await done(given) is None
    assert isinstance(await acted(given, "switch"), Done)
    read = await done(given)
    assert read is not None
    assert read.said == "HTTPS:443 default read back as blue 0, green 100."


@pytest.mark.parametrize("weights", [{BLUE: 90, GREEN: 10}, {BLUE: 0, GREEN: 0}])
async def test_what_somebody_changed_since_the_approval_is_not_touched(
    stage: Stage, weights: dict[Colour, int]
) -> None:
    given = await work(stage, 1)
    stage.production.set_weights("backend", weights)
    with pytest.raises(OperationFailed, match="since the approval") as raised:
        await acted(given, "switch")
    assert raised.value.code == "plan_stale"
    assert stage.production.effects == []


async def test_a_listener_that_is_gone_is_a_failure(stage: Stage) -> None:
    given = await work(stage, 1)
    stage.production.routes["backend"].pop(0)
    with pytest.raises(OperationFailed, match="gone"):
        await acted(given, "switch")


async def test_a_fenced_attempt_moves_nothing(stage: Stage) -> None:
    def fenced() -> None:
        raise Fenced("another worker's")

    given = replace(await work(stage, 1), fence=fenced)
    with pytest.raises(Fenced):
        await acted(given, "switch")
    assert stage.production.effects == []


async def test_a_service_no_longer_in_the_file_is_a_failure(stage: Stage) -> None:
    given = await work(stage, 0)
    services = {k: s for k, s in stage.topology.services.items() if k != "backend"}
    topology = stage.topology.model_copy(update={"services": services})
    gone = replace(given, world=replace(stage.world, topology=topology))
    with pytest.raises(OperationFailed, match="no service backend any more"):
        await acted(gone, "guard")


# --- targets and the product -----------------------------------------------------------------


async def test_targets_get_time_to_become_healthy_and_not_for_ever(stage: Stage) -> None:
    given = await work(stage, 3)
    ill = Targets(healthy=0, unhealthy=3, reasons=("a: timeout", "b", "c", "d"))
    stage.production.targets[BACKEND_GREEN] = ill
    outcome = await acted(given, "targets")
    assert isinstance(outcome, Wait)
    assert outcome.progress == {
        "looks": 1,
        "said": "0 of 3 targets healthy; a: timeout; b; c",
    }
    last = await acted(replace(given, progress={"looks": LOOKS - 1}), "targets")
    assert isinstance(last, Hold)
    assert f"({LOOKS} looks)" in last.said
    stage.production.targets[BACKEND_GREEN] = Targets(healthy=3, unhealthy=0)
    assert isinstance(await acted(given, "targets"), Done)


@pytest.mark.parametrize(
    ("path", "answer", "words"),
    [
        ("/version", None, "the version path says ConnectError"),
        ("/version", MemoryAnswer(status=503), "the version path says answered 503"),
        ("/version", MemoryAnswer(body='{"version": "v1.4.2"}'), "v1.4.2 answers, not v1.4.1"),
        ("/version", MemoryAnswer(body='{"version": null}'), "None answers, not v1.4.1"),
        ("/health", MemoryAnswer(status=500), "/health says answered 500"),
        ("/health", None, "/health says ConnectError"),
    ],
)
async def test_a_product_that_does_not_answer_as_it_should_is_asked_again(
    stage: Stage, path: str, answer: MemoryAnswer | None, words: str
) -> None:
    given = await work(stage, 4)
    stage.probe.answers["backend", "GET", path] = answer
    outcome = await acted(given, "probe")
    assert isinstance(outcome, Wait)
    assert words in str(outcome.progress["said"])


async def test_a_flow_that_does_not_work_is_named(stage: Stage) -> None:
    given = await work(stage, 4)
    stage.probe.answers["backend", "POST", "/api/v1/auth/login"] = MemoryAnswer(status=401)
    outcome = await acted(given, "probe")
    assert isinstance(outcome, Wait)
    assert outcome.progress["said"] == "login says answered 401, expected 200"


@pytest.mark.parametrize(
    "body",
    ["", "v1.4.1", "[]", "<html>", '{"build": 7}', json.dumps("x")],
)
async def test_a_version_in_another_form_cannot_be_compared_and_stops_nobody(
    stage: Stage, body: str
) -> None:
    given = await work(stage, 4)
    stage.probe.answers["backend", "GET", "/version"] = MemoryAnswer(body=body)
    assert isinstance(await acted(given, "probe"), Done)


async def test_an_image_without_a_tag_has_no_version_to_compare(stage: Stage) -> None:
    given = await work(stage, 4)
    digest = replace(given, args={**given.args, "version": "untagged"})
    stage.answer_with("v9")
    assert isinstance(await acted(digest, "probe"), Done)


async def test_a_product_that_stays_wrong_holds_the_run_with_traffic_where_it_is(
    stage: Stage,
) -> None:
    stage.answer_with("v0")
    run = await carried(stage)
    assert run.state is RunState.HELD
    assert "v0 answers, not v1.4.1 (15 looks)" in run.note
    assert stage.production.weights("backend") == [{BLUE: 0, GREEN: 100}] * 2
    assert len(stage.production.effects) == 2


# --- the watch -------------------------------------------------------------------------------


async def test_no_minute_is_judged_before_it_is_closed_and_old_enough(stage: Stage) -> None:
    given = await work(stage, 5)
    stage.production.calls.clear()
    outcome = await acted(given, "watch")
    assert isinstance(outcome, Wait)
    assert outcome.progress == {"said": "Watching: 0 of 3 closed minutes so far."}
    metrics = stage.topology.metrics
    soonest, latest = metrics.lag_seconds, metrics.lag_seconds + 2 * metrics.period_seconds
    assert soonest <= outcome.seconds <= latest, "the next look is when there is something to see"
    assert "minutes" not in [call.action for call in stage.production.calls]


async def test_the_first_bad_minute_holds_and_moves_nothing_back(stage: Stage) -> None:
    stage.traffic(errors=100)
    run = await carried(stage)
    assert run.state is RunState.HELD
    assert "1 of 3 closed minutes: 1 breach; 25.0% errors" in run.note
    assert "green is bad too: traffic stays there for a person." in run.note
    assert stage.production.weights("backend") == [{BLUE: 0, GREEN: 100}] * 2


async def test_the_other_colours_bad_minutes_do_not_count(stage: Stage) -> None:
    stage.traffic(colour=BLUE, errors=400)
    stage.traffic(colour=GREEN)
    assert (await carried(stage)).state is RunState.SUCCEEDED


async def test_minutes_before_the_watch_do_not_count(stage: Stage) -> None:
    for ago in (60, 120, 180):
        stage.minute(ago, errors=400)
    stage.traffic()
    assert (await carried(stage)).state is RunState.SUCCEEDED


async def test_a_minute_told_in_part_is_waited_for(stage: Stage) -> None:
    stage.traffic(complete=False)
    run = await stage.started()
    await stage.world.jobs.step(run.id, 0, 0, run.resource)
    await stage.until_quiet(seconds=600)
    step = (await stage.run()).steps[-1]
    assert step.state is StepState.WAITING
    assert "3 blind" in step.progress["said"]
    minutes = stage.production.minutes[BACKEND_GREEN]
    stage.production.minutes[BACKEND_GREEN] = [replace(m, complete=True) for m in minutes]
    await stage.until_quiet()
    assert (await stage.run()).state is RunState.SUCCEEDED


async def test_a_watch_that_stays_blind_asks_a_person_after_its_time(stage: Stage) -> None:
    stage.traffic(complete=False)
    run = await carried(stage)
    assert run.state is RunState.HELD
    assert "Not known to be well after 900 s. 3 of 3 closed minutes: 3 blind" in run.note


async def test_a_silent_cloudwatch_is_blind_and_never_well(stage: Stage) -> None:
    given = await work(stage, 5)
    stage.clock.advance(600)
    stage.production.fail("metrics.minutes", Temporary("throttled"))
    outcome = await acted(given, "watch")
    assert isinstance(outcome, Wait)
    assert outcome.progress["said"] == "BLIND: CloudWatch does not answer (throttled)"
    stage.clock.advance(301)
    stage.production.fail("metrics.minutes", Temporary("throttled"))
    assert isinstance(await acted(given, "watch"), Hold)


async def test_one_bad_minute_among_blind_ones_is_enough(stage: Stage) -> None:
    given = await work(stage, 5)
    stage.minute(0, complete=False)
    stage.minute(-60, errors=400)
    stage.clock.advance(600)
    outcome = await acted(given, "watch")
    assert isinstance(outcome, Hold)
    assert "1 breach, " in outcome.said


async def test_slow_answers_are_a_breach_as_much_as_errors(stage: Stage) -> None:
    stage.traffic(p95_seconds=2.0)
    run = await carried(stage)
    assert run.state is RunState.HELD
    assert "worst p95 2000 ms" in run.note


async def test_a_watch_goes_on_where_another_worker_left_it(stage: Stage) -> None:
    stage.traffic()
    run = await stage.started()
    await stage.world.jobs.step(run.id, 0, 0, run.resource)
    await stage.until_quiet(seconds=300)
    begun = (await stage.run()).steps[-1].started_at
    stage.jobs.waiting.clear()
    stage.clock.advance(60)
    step = (await stage.run()).steps[-1]
    await stage.runner.carry(run.id, step.position, step.attempt)
    await stage.until_quiet()
    after = await stage.run()
    assert after.state is RunState.SUCCEEDED
    assert after.steps[-1].started_at == begun


async def test_a_held_watch_judges_the_same_minutes_when_it_is_resumed(stage: Stage) -> None:
    stage.traffic(errors=100)
    run = await carried(stage)
    stage.production.minutes[BACKEND_GREEN] = [
        Minute(start=m.start, requests=400, errors=0, p95_seconds=0.1)
        for m in stage.production.minutes[BACKEND_GREEN]
    ]
    stage.clock.advance(timedelta(minutes=10).total_seconds())
    await resume(stage.world, stage.asking(BEN), run.id)
    await stage.until_quiet()
    assert (await stage.run()).state is RunState.SUCCEEDED
