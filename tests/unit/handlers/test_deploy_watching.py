"""A deployment's traffic and its watches: what is well, what turns it round, what holds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.live import Missing, Targets
from bot.domain.release import LogLine
from bot.domain.run import Control, Run, RunState, Step
from bot.engine.approvals import promote, resume, steer
from bot.errors import OperationFailed, Temporary
from tests.deploying import BLUE, COMMAND, GREEN, NEW, Deploying
from tests.stage import BEN

pytestmark = pytest.mark.unit

BACKEND, LOGS = "backend", "/aws/ecs/prod/backend"
BAD = {"errors": 80}
ON_GREEN, ON_BLUE = [{BLUE: 0, GREEN: 100}] * 2, [{BLUE: 100, GREEN: 0}] * 2
MOVED_IN = 60
"""Seconds after which all traffic of a deployment has moved in memory."""


@pytest.fixture
def stage() -> Deploying:
    return Deploying()


def step(run: Run, name: str) -> Step:
    """The first of that name that is not done, or the last that is."""
    named = [each for each in run.steps if each.spec.name == f"deploy.{name}"]
    return next((each for each in named if each.state != "done"), named[-1])


async def watching(stage: Deploying, text: str = COMMAND) -> Run:
    """All traffic has moved, and the first watch goes on."""
    run = await stage.deployed(text, seconds=MOVED_IN)
    assert stage.now_at() == ON_GREEN
    assert step(run, "watch").state == "waiting", run.note
    return run


def minutes_later(stage: Deploying, first: int, number: int, **about: object) -> None:
    """So many minutes of green, the first of them `first` minutes from now."""
    for ahead in range(first, first + number):
        stage.minute(-60.0 * ahead, colour=GREEN, **about)


async def on(stage: Deploying, minutes: float) -> Run:
    """What has come of it by then."""
    await stage.until_quiet(seconds=minutes * 60)
    return await stage.run()


async def until_again(stage: Deploying, name: str) -> None:
    """Until a step has met a fault and is to be tried once more."""
    for _ in range(200):
        due = stage.jobs.next_at
        assert due is not None
        await stage.until_quiet(seconds=(due - stage.clock.now()).total_seconds())
        if step(await stage.run(), name).progress.get("faults"):
            return
    raise AssertionError(f"{name} has met no fault")


async def went_back(stage: Deploying) -> Run:
    run = await stage.run()
    assert run.state is RunState.FAILED, run.note
    assert stage.now_at() == ON_BLUE
    assert [lock.kind for lock in await stage.world.store.locks.held(stage.clock.now())] == [
        "freeze"
    ]
    return run


# --- traffic -----------------------------------------------------------------------------------


async def test_all_at_once_is_one_call_a_route(stage: Deploying) -> None:
    stage.serves()
    await watching(stage)
    assert stage.called()[-2:] == ["modify_listener", "modify_rule"]


async def test_a_canary_goes_on_from_share_to_share(stage: Deploying) -> None:
    stage.serves(minutes=180)
    seen = {}
    await stage.agreed(f"{COMMAND} --canary")
    for _ in range(40):
        await stage.until_quiet(seconds=300)
        seen[tuple(weights[GREEN] for weights in stage.now_at())] = True
    assert (await stage.run()).state is RunState.SUCCEEDED
    assert list(seen) == [(5, 5), (25, 25), (50, 50), (100, 100)]


async def test_a_bad_canary_is_gone_back_from_with_its_share(stage: Deploying) -> None:
    stage.serves(BLUE, 120)
    stage.serves(GREEN, 120, **BAD)
    await stage.deployed(f"{COMMAND} --canary")
    run = await went_back(stage)
    assert "Turned round at step 11, Watch 5 closed minutes with 5 % of the traffic" in run.note


async def test_an_answer_that_was_lost_is_read_back(stage: Deploying) -> None:
    stage.serves()
    stage.production.fail("traffic.set_weights", Temporary("AWS: lost"), after=True)
    await watching(stage)
    assert stage.called().count("modify_listener") == 1


async def test_a_denial_holds_it_and_nothing_is_frozen(stage: Deploying) -> None:
    stage.serves()
    denied = OperationFailed("AWS said no", code="denied", hint="Allow it.")
    stage.production.fail("traffic.set_weights", denied)
    run = await stage.deployed()
    assert (run.state, stage.now_at()) == (RunState.HELD, ON_BLUE)
    assert await stage.world.store.locks.held(stage.clock.now()) == ()


async def test_somebody_who_moved_it_first_freezes_the_service(stage: Deploying) -> None:
    stage.serves()
    stage.probe.answers["backend@green", "GET", "/health"] = None
    await stage.deployed(seconds=10)
    stage.production.set_weights(BACKEND, {BLUE: 90, GREEN: 10})
    stage.answer_as(GREEN, NEW)
    await stage.until_quiet(seconds=60)
    run = await stage.run()
    assert run.state is RunState.HELD
    assert "Somebody changed HTTPS:443 default since the approval" in run.note
    (lock,) = await stage.world.store.locks.held(stage.clock.now())
    assert "R1 was held: Somebody changed" in lock.reason


# --- well --------------------------------------------------------------------------------------


async def test_every_closed_minute_is_judged_and_counted(stage: Deploying) -> None:
    stage.serves()
    await watching(stage)
    run = await on(stage, 8)
    said = step(run, "watch").progress["said"]
    assert "of 10 closed minutes" in said
    assert step(run, "watch").progress["read"] >= 3


async def test_the_monitor_counts_from_the_switch_and_not_anew(stage: Deploying) -> None:
    stage.serves()
    await watching(stage)
    began = stage.clock.now()
    run = await on(stage, 120)
    assert run.state is RunState.SUCCEEDED
    assert run.ended_at is not None
    assert run.ended_at - began < timedelta(minutes=36)


async def test_a_chart_of_each_watch_is_put_into_the_thread(stage: Deploying) -> None:
    stage.serves()
    await stage.deployed()
    notes = [note for note in stage.tables.notes if ":chart:" in note]
    assert len(notes) == 2


async def test_somebody_may_say_that_it_is_enough(stage: Deploying) -> None:
    stage.serves()
    await watching(stage)
    await promote(stage.world, stage.asking(BEN), 1)
    run = await on(stage, 1)
    assert f"Promoted by <@{BEN}>." in str(step(run, "watch").result["said"])
    await promote(stage.world, stage.asking(BEN), 1)
    run = await on(stage, 1)
    assert run.state is RunState.SUCCEEDED
    assert "NOT in order: Error rate below 1%; p95 below 200 ms." in run.note


# --- what turns it round -----------------------------------------------------------------------


async def test_five_minutes_of_errors_turn_it_round(stage: Deploying) -> None:
    stage.serves(BLUE, 5)
    stage.serves(GREEN, 60, **BAD)
    await watching(stage)
    await on(stage, 60)
    run = await went_back(stage)
    assert "error rate 20.0 % of 400, 5 closed minutes in a row." in run.note
    assert "blue can take the traffic" in run.note
    (change,) = await stage.world.store.runs.changes()
    assert change.detail == {
        "version": NEW,
        "back_to": "v1.4.2",
        "colour": "blue",
        "outcome": "rolled_back",
    }


async def test_four_do_not(stage: Deploying) -> None:
    minutes_later(stage, 0, 4, **BAD)
    minutes_later(stage, 4, 60)
    await watching(stage)
    assert (await on(stage, 60)).state is RunState.SUCCEEDED


async def test_slow_answers_turn_it_round_too(stage: Deploying) -> None:
    stage.serves(BLUE, 5)
    stage.serves(GREEN, 60, p95_seconds=0.9)
    await watching(stage)
    await on(stage, 60)
    assert "p95" in (await went_back(stage)).note


async def test_most_targets_unhealthy_are_enough_at_once(stage: Deploying) -> None:
    stage.serves(BLUE, 5)
    minutes_later(stage, 0, 2, healthy=3.0, unhealthy=0.0)
    minutes_later(stage, 2, 1, healthy=1.0, unhealthy=2.0)
    await watching(stage)
    await on(stage, 20)
    await went_back(stage)


@pytest.mark.parametrize(("before", "state"), [(0, RunState.FAILED), (9, RunState.HELD)])
async def test_refused_connections_are_the_release_s_only_if_there_were_none_before(
    stage: Deploying, before: int, state: RunState
) -> None:
    for ago in (300, 240, 200):
        stage.minute(ago, colour=BLUE, database_failures=before)
    stage.serves(GREEN, 60, database_failures=9)
    await watching(stage)
    run = await on(stage, 20)
    assert run.state is state
    if before:
        assert "The database refused connections before, too: 9 in a minute." in run.note


async def test_a_bad_release_on_an_old_colour_as_bad_is_held(stage: Deploying) -> None:
    for ago in range(180, 780, 60):
        stage.minute(ago, colour=BLUE, **BAD)
    stage.serves(GREEN, 60, **BAD)
    await watching(stage)
    run = await on(stage, 60)
    assert run.state is RunState.HELD
    assert "Going back would not help: blue had too many errors as well" in run.note
    assert stage.now_at() == ON_GREEN


async def test_an_irreversible_schema_is_never_gone_back_from_by_itself(
    stage: Deploying,
) -> None:
    stage.serves(GREEN, 60, **BAD)
    await watching(stage, f"deploy backend {NEW} --schema irreversible")
    run = await on(stage, 60)
    assert run.state is RunState.HELD
    assert "cannot be undone" in run.note
    assert stage.now_at() == ON_GREEN


@pytest.mark.parametrize("how", ["ill", "unknown"])
async def test_an_old_colour_that_could_not_serve_or_is_not_known_is_not_gone_back_to(
    stage: Deploying, how: str
) -> None:
    stage.serves(GREEN, 60, **BAD)
    await watching(stage)
    if how == "ill":
        stage.production.targets[BACKEND, BLUE] = Targets(healthy=0, unhealthy=3)
    else:
        del stage.production.targets[BACKEND, BLUE]
    run = await on(stage, 60)
    assert (run.state, stage.now_at()) == (RunState.HELD, ON_GREEN)


async def test_a_breach_that_has_begun_is_waited_for_to_be_one(stage: Deploying) -> None:
    minutes_later(stage, 0, 9)
    minutes_later(stage, 9, 2, **BAD)
    minutes_later(stage, 11, 60)
    await watching(stage)
    assert (await on(stage, 60)).state is RunState.SUCCEEDED


async def test_one_that_stays_undecided_is_held(stage: Deploying) -> None:
    minutes_later(stage, 0, 9)
    minutes_later(stage, 9, 2, **BAD)
    await watching(stage)
    run = await on(stage, 60)
    assert run.state is RunState.HELD
    assert "Still not known to be well." in run.note


# --- what holds it -----------------------------------------------------------------------------


async def test_a_release_that_nobody_used_is_not_a_success(stage: Deploying) -> None:
    await watching(stage)
    run = await on(stage, 60)
    assert run.state is RunState.HELD
    assert "Nobody used it, and no data is not success." in run.note


async def test_and_a_person_may_say_that_it_is_one(stage: Deploying) -> None:
    await watching(stage)
    await on(stage, 60)
    await resume(stage.world, stage.asking(BEN), 1)
    await promote(stage.world, stage.asking(BEN), 1)
    run = await on(stage, 1)
    assert step(run, "watch").state == "done"


async def test_minutes_that_are_told_in_part_are_no_verdict(stage: Deploying) -> None:
    stage.serves(GREEN, 60, complete=False)
    await watching(stage)
    run = await on(stage, 60)
    assert run.state is RunState.HELD
    assert "BLIND: it is not known how the release does." in run.note


THROTTLED = Temporary("AWS: throttled")


async def test_a_cloudwatch_that_is_away_for_a_while_is_waited_for(stage: Deploying) -> None:
    stage.serves()
    await watching(stage)
    stage.production.fail("metrics.minutes", THROTTLED, times=30)
    run = await on(stage, 5)
    assert "BLIND: CloudWatch does not answer" in str(step(run, "watch").progress["said"])
    assert (await on(stage, 60)).state is RunState.SUCCEEDED


async def test_and_not_for_ever(stage: Deploying) -> None:
    stage.serves()
    await watching(stage)
    stage.production.fail("metrics.minutes", THROTTLED, times=10_000)
    run = await on(stage, 60)
    assert run.state is RunState.HELD
    assert "5 closed minutes are not judged. It is not known how the release does." in run.note


async def test_one_look_without_an_answer_does_not_make_the_judged_minutes_unjudged(
    stage: Deploying,
) -> None:
    stage.serves()
    await watching(stage)
    stage.production.fail("logs.search", THROTTLED)
    await until_again(stage, "validate")
    stage.production.fail("metrics.minutes", THROTTLED)
    assert (await on(stage, 60)).state is RunState.SUCCEEDED


async def test_an_answer_told_in_part_takes_nothing_back_that_was_judged(stage: Deploying) -> None:
    stage.serves()
    await watching(stage)
    await on(stage, 12)
    told = stage.production.minutes[BACKEND, GREEN]
    stage.production.minutes[BACKEND, GREEN] = [replace(one, complete=False) for one in told]
    assert (await on(stage, 2)).state is RunState.RUNNING
    stage.production.minutes[BACKEND, GREEN] = told
    assert (await on(stage, 60)).state is RunState.SUCCEEDED


async def test_a_share_without_any_target_answers_for_the_balancer_s_errors(
    stage: Deploying,
) -> None:
    # Green has 5 % and no targets: CloudWatch has no requests of it, and its 150 errors a minute
    # look like blue's.
    stage.serves(BLUE, 60, requests=3150, errors=150, balancer_errors=150, healthy=3, unhealthy=0)
    await stage.deployed(f"{COMMAND} --canary", seconds=MOVED_IN)
    run = await on(stage, 30)
    assert run.turned is RunState.FAILED
    assert "error rate 100.0 %" in run.note


async def test_two_hands_on_the_weights_hold_and_freeze_it(stage: Deploying) -> None:
    stage.serves()
    await watching(stage)
    stage.production.set_weights(BACKEND, {BLUE: 30, GREEN: 70})
    run = await on(stage, 10)
    assert run.state is RunState.HELD
    assert "Somebody else moved traffic: HTTPS:443 default is at blue 30, green 70" in run.note
    assert "not blue 0, green 100. Nothing is moved while two hands are on it." in run.note
    assert await stage.world.store.locks.held(stage.clock.now())


async def test_a_rule_that_is_gone_is_somebody_s_hand_too(stage: Deploying) -> None:
    stage.serves()
    await watching(stage)
    stage.production.routes[BACKEND].pop()
    assert "Somebody else moved traffic: a rule is gone" in (await on(stage, 10)).note


# --- resumed -----------------------------------------------------------------------------------


async def held_in(stage: Deploying, name: str) -> Run:
    run = await stage.run()
    assert run.state is RunState.HELD, run.note
    assert step(run, name).state == "failed"
    return run


async def test_a_watch_that_is_resumed_judges_what_comes_and_not_what_was(
    stage: Deploying,
) -> None:
    for ago in range(180, 780, 60):
        stage.minute(ago, colour=BLUE, **BAD)
    minutes_later(stage, 0, 10, **BAD)
    minutes_later(stage, 10, 90)
    await watching(stage)
    await on(stage, 60)
    await held_in(stage, "watch")
    stage.clock.advance(15 * 60)
    await resume(stage.world, stage.asking(BEN), 1)
    run = await on(stage, 120)
    assert run.state is RunState.SUCCEEDED, run.note
    charts = [key for key in stage.tables.notes if ":chart:" in key]
    assert len(charts) == 3, "one of the watch that was held, too"


async def test_a_monitor_that_is_resumed_is_not_held_by_the_same_minutes(
    stage: Deploying,
) -> None:
    for ago in range(180, 780, 60):
        stage.minute(ago, colour=BLUE, **BAD)
    minutes_later(stage, 0, 14)
    minutes_later(stage, 14, 10, **BAD)
    minutes_later(stage, 24, 120)
    await watching(stage)
    await on(stage, 60)
    await held_in(stage, "monitor")
    stage.clock.advance(15 * 60)
    await resume(stage.world, stage.asking(BEN), 1)
    run = await on(stage, 120)
    assert run.state is RunState.SUCCEEDED, run.note


async def test_who_promoted_a_watch_has_not_promoted_it_when_it_is_resumed(
    stage: Deploying,
) -> None:
    for ago in range(180, 780, 60):
        stage.minute(ago, colour=BLUE, **BAD)
    minutes_later(stage, 0, 60, **BAD)
    await watching(stage)
    await on(stage, 5)
    await promote(stage.world, stage.asking(BEN), 1)
    await on(stage, 60)
    await held_in(stage, "watch")
    await resume(stage.world, stage.asking(BEN), 1)
    run = await on(stage, 1)
    assert step(run, "watch").state == "waiting"


# --- validation --------------------------------------------------------------------------------


def complaints(stage: Deploying, number: int, ahead: float, text: str = "ERROR boom") -> None:
    """So many lines of errors, a second apart, the first of them `ahead` seconds from now."""
    lines = stage.production.log_lines[LOGS]
    for each in range(number):
        at = stage.clock.now() + timedelta(seconds=ahead + each)
        lines.append(LogLine(id=f"{ahead}-{len(lines)}", at=at, text=text))


async def test_errors_that_were_there_before_are_not_the_release_s(stage: Deploying) -> None:
    stage.serves()
    complaints(stage, 40, -600)
    run = await watching(stage)
    complaints(stage, 40, 60)
    run = await on(stage, 120)
    assert run.state is RunState.SUCCEEDED
    assert str(step(run, "validate").result["said"]).startswith(
        "40 lines of errors since the switch, 40 in as long before the deployment began. "
        "prod-db is available, 42 connections. prod-jobs holds 7."
    )


async def test_more_than_allowed_and_more_than_before_hold_it_without_a_secret(
    stage: Deploying,
) -> None:
    stage.serves()
    await watching(stage)
    complaints(stage, 21, 60, "ERROR login failed for token=abc123")
    await on(stage, 120)
    run = await held_in(stage, "validate")
    assert "21 lines of errors since the switch, 0 in as long before" in run.note
    assert "ERROR login failed for [redacted]" in run.note
    assert "abc123" not in run.note


async def test_who_resumes_it_answers_for_the_lines(stage: Deploying) -> None:
    stage.serves(minutes=120)
    await watching(stage)
    complaints(stage, 30, 60)
    await on(stage, 120)
    await held_in(stage, "validate")
    await resume(stage.world, stage.asking(BEN), 1)
    run = await on(stage, 120)
    assert run.state is RunState.SUCCEEDED
    assert "Error logs were left to whoever resumed it." in str(step(run, "validate").result)


async def test_two_numbers_that_are_cut_off_are_not_the_same_number(stage: Deploying) -> None:
    stage.serves()
    complaints(stage, 501, -600)
    await watching(stage)
    complaints(stage, 501, 60)
    await on(stage, 120)
    assert "500+ lines of errors" in (await held_in(stage, "validate")).note


async def test_a_log_group_that_is_gone_holds_it_until_somebody_answers_for_it(
    stage: Deploying,
) -> None:
    stage.serves(minutes=120)
    del stage.production.log_lines[LOGS]
    await watching(stage)
    await on(stage, 120)
    await held_in(stage, "validate")
    await resume(stage.world, stage.asking(BEN), 1)
    assert (await on(stage, 120)).state is RunState.SUCCEEDED


def bare(**update: object) -> Deploying:
    """A backend without some of what it has."""
    topology = Deploying().topology
    backend = topology.services[BACKEND].model_copy(update=update)
    services = {**topology.services, BACKEND: backend}
    return Deploying(topology=topology.model_copy(update={"services": services}))


async def test_a_service_without_logs_database_and_queue_has_nothing_to_look_at() -> None:
    stage = bare(log_group="", database=None, queue=None)
    stage.serves()
    run = await stage.deployed()
    assert run.state is RunState.SUCCEEDED
    assert step(run, "validate").result["said"] == "No log group is named to look at."


async def test_a_database_that_does_not_serve_holds_it(stage: Deploying) -> None:
    stage.serves()
    await watching(stage)
    database = stage.production.databases["prod-db"]
    stage.production.databases["prod-db"] = replace(database, status="storage-full")
    await on(stage, 120)
    assert "prod-db is storage-full, 42 connections. It does not serve." in (
        (await held_in(stage, "validate")).note
    )


async def test_what_cannot_be_read_and_a_deep_queue_are_said(stage: Deploying) -> None:
    stage.serves()
    await watching(stage)
    database, queue = stage.production.databases["prod-db"], stage.production.queues["prod-jobs"]
    stage.production.databases["prod-db"] = replace(database, connections=None)
    stage.production.queues["prod-jobs"] = replace(queue, waiting=51)
    run = await on(stage, 120)
    said = str(step(run, "validate").result["said"])
    assert "prod-db is available." in said
    assert "prod-jobs holds 51, MORE than 50." in said


async def test_connections_that_are_not_told_are_said_with_the_reason(stage: Deploying) -> None:
    stage.serves()
    await watching(stage)
    database, unread = stage.production.databases["prod-db"], Missing(reason="denied")
    stage.production.databases["prod-db"] = replace(database, connections=unread)
    said = str(step(await on(stage, 120), "validate").result["said"])
    assert "prod-db is available, its connections could not be read (denied)." in said


async def test_a_database_and_a_queue_that_do_not_answer_are_no_reason_to_go_back(
    stage: Deploying,
) -> None:
    stage.serves()
    await watching(stage)
    del stage.production.databases["prod-db"], stage.production.queues["prod-jobs"]
    run = await on(stage, 120)
    said = str(step(run, "validate").result["said"])
    assert said.count("could not be read (") == 2


# --- afterwards --------------------------------------------------------------------------------


async def test_the_checklist_stands_in_the_thread(stage: Deploying) -> None:
    stage.serves(p95_seconds=0.15)
    run = await stage.deployed()
    assert "The checklist is in order." in run.note
    note = stage.tables.notes["R1:checklist"].note
    assert note.message.text.splitlines() == [
        "Post-deployment checklist of v1.4.3",
        "✅ ok: All health checks passing. 3 of 3",
        "✅ ok: Error rate below 1%. 0.00%",
        "✅ ok: p95 below 200 ms. 150 ms",
        "✅ ok: No critical alerts triggered. none",
        "✅ ok: Deployment logged in change log. R1",
    ]


@pytest.mark.parametrize("how", ["ill", "unknown"])
async def test_what_is_not_in_order_is_said_and_the_deployment_stands(
    stage: Deploying, how: str
) -> None:
    stage.serves(p95_seconds=0.3)
    await watching(stage)
    await stage.type("incident declare P2 backend odd films")
    await stage.type("escalation drill P2")
    if how == "ill":
        stage.production.targets[BACKEND, GREEN] = Targets(healthy=2, unhealthy=1)
    else:
        del stage.production.targets[BACKEND, GREEN]
    run = await on(stage, 60)
    assert run.state is RunState.SUCCEEDED
    assert "NOT in order: All health checks passing; p95 below 200 ms; No critical alerts" in (
        run.note
    )
    lines = stage.tables.notes["R1:checklist"].note.message.text.splitlines()
    assert "❌ FAILED: No critical alerts triggered. I1" in lines, "and not the drill"
    state = "❌ FAILED" if how == "ill" else "❔ NOT KNOWN"
    assert [line for line in lines if line.startswith(f"{state}: All health checks passing")]


async def test_figures_that_cannot_be_read_are_unknown_and_not_good(stage: Deploying) -> None:
    stage.serves()
    await watching(stage)
    stage.production.fail("containers.tasks", THROTTLED, times=2)
    await until_again(stage, "finish")
    stage.production.fail("metrics.minutes", OperationFailed("AWS said no", code="denied"))
    run = await on(stage, 1)
    assert run.state is RunState.SUCCEEDED
    assert "NOT in order: Error rate below 1%; p95 below 200 ms." in run.note


async def test_the_old_colour_is_left_to_a_retirement(stage: Deploying) -> None:
    stage.serves()
    run = await stage.deployed()
    assert "The old colour stays warm for 1 d; R2 scales it in then." in run.note
    assert (await stage.request(2)).state == "approved"


async def test_an_abort_in_the_watch_goes_back(stage: Deploying) -> None:
    stage.serves()
    await watching(stage)
    await steer(stage.world, stage.asking(BEN), 1, Control.ABORT)
    run = await on(stage, 5)
    assert (run.state, stage.now_at()) == (RunState.ABORTED, ON_BLUE)
    (change,) = await stage.world.store.runs.changes()
    assert change.detail["outcome"] == "aborted"
