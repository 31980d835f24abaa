"""A deployment until its release is up on the idle colour: each step well, waiting, held, back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.live import Snapshot, Targets, Tasks
from bot.domain.release import ErrandState, RolloutState
from bot.domain.run import Control, Run, RunState, Step
from bot.engine.approvals import resume, steer
from bot.errors import OperationFailed, Temporary
from bot.topology import Colour
from tests.deploying import BLUE, COMMAND, GREEN, NEW, OLD, Deploying
from tests.stage import BEN

pytestmark = pytest.mark.unit

BACKEND = "backend"
LOST = Temporary("AWS: lost")
DENIED = OperationFailed("AWS said no", code="denied", hint="Allow it.")
MIGRATION = "filmops-R1-migrate"


@pytest.fixture
def stage() -> Deploying:
    stage = Deploying()
    stage.serves()
    return stage


def step(run: Run, name: str) -> Step:
    return next(each for each in run.steps if each.spec.name == f"deploy.{name}")


def result(run: Run, name: str) -> str:
    return str(step(run, name).result["said"])


def shown(run: Run, name: str) -> str:
    return str(step(run, name).progress["said"])


def tasks(stage: Deploying, colour: Colour = GREEN) -> Tasks:
    return stage.production.tasks[BACKEND, colour]


async def thread_of(stage: Deploying, name: str = "R1") -> list[str]:
    """What stands under the run's card."""
    await stage.publisher.publish()
    card = await stage.world.store.cards.of(name)
    assert card is not None
    assert card.ts is not None
    return await stage.thread(card.ts)


async def turned(stage: Deploying, why: str) -> Run:
    """It went back without a share of traffic having been moved, and froze the service."""
    run = await stage.run()
    assert run.state is RunState.FAILED, run.note
    assert why in run.note
    assert stage.now_at() == [{BLUE: 100, GREEN: 0}] * 2
    assert "modify_listener" not in stage.called()
    (lock,) = await stage.world.store.locks.held(stage.clock.now())
    assert lock.reason == "R1 failed: v1.4.3 was not brought to traffic"
    return run


# --- guard -------------------------------------------------------------------------------------


async def guarded(stage: Deploying) -> Run:
    """Started, and then something happens before its first step."""
    request = await stage.agreed()
    stage.jobs.waiting.clear()
    await stage.launcher.launch(request.id)
    return await stage.run()


async def test_traffic_that_moved_in_the_last_second_holds_it(stage: Deploying) -> None:
    await guarded(stage)
    stage.production.set_weights(BACKEND, {BLUE: 50, GREEN: 50})
    await stage.until_quiet(seconds=60)
    run = await stage.run()
    assert run.state is RunState.HELD
    assert "Traffic of HTTPS:443 default, HTTPS:443 rule 20 is not all on blue." in run.note


async def test_an_abort_then_does_not_undo_what_somebody_else_moved(stage: Deploying) -> None:
    await guarded(stage)
    stage.production.set_weights(BACKEND, {BLUE: 50, GREEN: 50})
    await stage.until_quiet(seconds=60)
    await steer(stage.world, stage.asking(BEN), 1, Control.ABORT)
    await stage.until_quiet()
    run = await stage.run()
    assert run.state is RunState.ABORTED
    assert stage.now_at() == [{BLUE: 50, GREEN: 50}] * 2
    assert result(run, "back") == "This run has moved no traffic: the route is left as it is."


async def test_without_a_route_nobody_knows_who_serves(stage: Deploying) -> None:
    await guarded(stage)
    stage.production.routes[BACKEND] = []
    await stage.until_quiet(seconds=60)
    assert "Traffic of no route is not all on blue." in (await stage.run()).note


async def test_a_live_colour_that_fell_ill_is_no_way_back(stage: Deploying) -> None:
    await guarded(stage)
    stage.production.targets[BACKEND, BLUE] = Targets(healthy=1, unhealthy=2)
    await stage.until_quiet(seconds=60)
    assert "1 of 3 targets of blue are healthy: there would be no way back." in (
        (await stage.run()).note
    )


async def test_it_remembers_how_often_the_database_refused_before(stage: Deploying) -> None:
    stage.minute(300, colour=BLUE, database_failures=4)
    stage.minute(240, colour=BLUE, database_failures=2)
    await stage.deployed(seconds=30)
    assert step(await stage.run(), "guard").result["database_failures"] == 4


async def test_a_cloudwatch_that_does_not_tell_does_not_stop_it(stage: Deploying) -> None:
    await guarded(stage)
    stage.production.fail("metrics.minutes", Temporary("AWS: throttled"))
    await stage.until_quiet(seconds=30)
    assert step(await stage.run(), "guard").result["database_failures"] is None


# --- backup ------------------------------------------------------------------------------------


async def test_a_young_snapshot_is_enough(stage: Deploying) -> None:
    run = await stage.deployed(seconds=30)
    assert result(run, "backup").startswith("rds:today is from ")
    assert "create_db_snapshot" not in stage.called()


def old_backup(stage: Deploying, ends: str) -> None:
    stage.production.snapshots["prod-db"] = []
    stage.production.snapshot_ends = ends


def mine(stage: Deploying) -> list[str]:
    return [snapshot.id for snapshot in stage.production.snapshots["prod-db"]]


async def test_without_one_it_takes_its_own_and_waits_until_it_is_there(stage: Deploying) -> None:
    old_backup(stage, "creating")
    run = await stage.deployed(seconds=60)
    (name,) = mine(stage)
    assert name.startswith("filmops-prod-db-r1-20")
    assert shown(run, "backup") == f"{name} is being made."
    (made,) = stage.production.snapshots["prod-db"]
    stage.production.snapshots["prod-db"] = [replace(made, status="available")]
    await stage.until_quiet(seconds=60)
    assert step(await stage.run(), "backup").result["said"].startswith(name)
    assert stage.called().count("create_db_snapshot") == 1


async def test_its_own_is_enough_however_old_rds_says_it_is(stage: Deploying) -> None:
    old_backup(stage, "available")
    await stage.deployed(seconds=0.2)
    (made,) = stage.production.snapshots["prod-db"]
    begun = made.created_at - timedelta(hours=25)
    stage.production.snapshots["prod-db"] = [replace(made, created_at=begun)]
    await stage.until_quiet(seconds=60)
    assert made.id in result(await stage.run(), "backup")


async def test_a_snapshot_whose_answer_was_lost_is_not_taken_twice(stage: Deploying) -> None:
    old_backup(stage, "available")
    stage.production.fail("snapshots.take", LOST, after=True)
    await stage.deployed(seconds=60)
    assert len(mine(stage)) == 1
    assert stage.called().count("create_db_snapshot") == 1


async def test_a_snapshot_that_failed_holds_it_and_resume_takes_another(stage: Deploying) -> None:
    old_backup(stage, "failed")
    await stage.deployed(seconds=60)
    held = await stage.run()
    assert held.state is RunState.HELD
    assert "is failed. Resume takes another." in held.note
    stage.production.snapshot_ends = "available"
    stage.clock.advance(60)
    await resume(stage.world, stage.asking(BEN), 1)
    await stage.until_quiet(seconds=60)
    assert len(set(mine(stage))) == 2
    assert step(await stage.run(), "backup").result["said"].endswith("UTC.")


async def test_a_snapshot_that_takes_too_long_is_a_persons_business(stage: Deploying) -> None:
    old_backup(stage, "creating")
    run = await stage.deployed()
    assert run.state is RunState.HELD
    assert "That takes longer than 3600 s." in run.note


async def test_another_runs_snapshot_of_the_same_number_is_not_ours(stage: Deploying) -> None:
    old_backup(stage, "available")
    (older,) = [
        Snapshot(id="filmops-prod-db-r1", kind="manual", created_at=at, status="available")
        for at in (stage.clock.now().replace(year=2025),)
    ]
    stage.production.snapshots["prod-db"] = [older]
    await stage.deployed(seconds=60)
    assert stage.called().count("create_db_snapshot") == 1


# --- migrate -----------------------------------------------------------------------------------


async def test_a_migration_writes_into_the_thread_without_secrets_or_mentions(
    stage: Deploying,
) -> None:
    stage.production.errand_lines = (
        "INFO  [alembic] Running upgrade 41 -> 42",
        "connecting with password=hunter2",
        "<!channel> hello",
    )
    run = await stage.deployed(seconds=60)
    assert result(run, "migrate") == "The schema is migrated; the thread has the output."
    thread = " ".join(await thread_of(stage))
    assert "Running upgrade 41 -&gt; 42" in thread
    assert "hunter2" not in thread
    assert "<!channel>" not in thread


async def test_a_long_migration_is_shown_as_it_goes(stage: Deploying) -> None:
    stage.production.errand_ends = None
    stage.production.errand_lines = tuple(f"line {n}" for n in range(20))
    await stage.deployed(seconds=60)
    run = await stage.run()
    assert shown(run, "migrate") == "The migration is running; 20 lines so far."
    assert step(run, "migrate").progress["shown"] == 20
    stage.production.end_errand(MIGRATION, 0)
    await stage.until_quiet(seconds=60)
    assert step(await stage.run(), "migrate").state == "done"
    assert stage.called().count("run_task") == 1


async def test_a_migration_that_fails_turns_it_round(stage: Deploying) -> None:
    stage.production.errand_ends = 1
    await stage.deployed()
    await turned(
        stage,
        "The migration ended with 1: Essential container in task exited. See the thread.",
    )


async def test_a_migration_that_never_began_says_why(stage: Deploying) -> None:
    stage.production.errand_ends = None
    await stage.deployed(seconds=60)
    stage.production.end_errand(MIGRATION, None, "CannotPullContainerError")
    await stage.until_quiet()
    await turned(stage, "The migration did not start: CannotPullContainerError.")


async def test_a_migration_without_an_end_holds_it_and_is_not_started_again(
    stage: Deploying,
) -> None:
    stage.production.errand_ends = None
    run = await stage.deployed()
    assert run.state is RunState.HELD
    assert "The migration is running; 0 lines so far. That takes longer than 900 s." in run.note
    stage.production.end_errand(MIGRATION, 0)
    await resume(stage.world, stage.asking(BEN), 1)
    await stage.until_quiet(seconds=60)
    assert stage.called().count("run_task") == 1


async def test_a_migration_whose_start_was_lost_is_found_again(stage: Deploying) -> None:
    stage.production.fail("errands.start", LOST, after=True)
    await stage.deployed(seconds=60)
    assert stage.called().count("run_task") == 1
    assert stage.production.errands[MIGRATION].state is ErrandState.STOPPED


# --- register ----------------------------------------------------------------------------------


def registered(stage: Deploying) -> int:
    """How many revisions of the service have the release's image."""
    images = [
        stage.production.revisions[arn]["containerDefinitions"][0]["image"]
        for arn in stage.production.family(BACKEND)
    ]
    return sum(image.endswith(f":{NEW}") for image in images)


async def test_a_registration_whose_answer_was_lost_is_not_made_twice(stage: Deploying) -> None:
    stage.production.fail("rollers.register", LOST, after=True)
    run = await stage.deployed(seconds=60)
    assert registered(stage) == 1
    assert result(run, "register").endswith(f" has {NEW}.")


async def test_an_identical_revision_is_used(stage: Deploying) -> None:
    service = stage.topology.services[BACKEND]
    stage.production.running(service, NEW)
    await stage.deployed(seconds=60)
    assert registered(stage) == 1


async def test_what_aws_denies_holds_it_with_what_to_allow(stage: Deploying) -> None:
    stage.production.fail("rollers.register", DENIED)
    run = await stage.deployed()
    assert run.state is RunState.HELD
    assert "AWS said no. Allow it." in run.note


async def test_what_aws_throttles_is_tried_again(stage: Deploying) -> None:
    stage.production.fail("rollers.register", Temporary("AWS: throttled"), times=3)
    assert (await stage.deployed()).state is RunState.SUCCEEDED


# --- update and rollout ------------------------------------------------------------------------


def updates(stage: Deploying) -> list[object]:
    """The counts asked for, None where none was."""
    effects = stage.production.effects
    return [e.parameters.get("desiredCount") for e in effects if e.action == "update_service"]


async def test_the_release_gets_as_many_tasks_as_the_live_colour_has(stage: Deploying) -> None:
    stage.production.tasks[BACKEND, BLUE] = replace(tasks(stage, BLUE), desired=6, running=6)
    await stage.deployed(seconds=60)
    assert updates(stage) == [6]


async def test_a_colour_that_was_scaled_in_is_scaled_out_with_it(stage: Deploying) -> None:
    stage.production.tasks[BACKEND, GREEN] = replace(tasks(stage), desired=0, running=0)
    run = await stage.deployed(seconds=60)
    assert updates(stage) == [3]
    assert result(run, "rollout") == "3 of 3 tasks run: ECS says COMPLETED."


async def test_a_count_that_is_high_enough_is_autoscalings_and_not_sent(stage: Deploying) -> None:
    stage.production.tasks[BACKEND, GREEN] = replace(tasks(stage), desired=5, running=5)
    await stage.deployed(seconds=60)
    assert updates(stage) == [None]
    assert tasks(stage).desired == 5


async def test_an_update_whose_answer_was_lost_is_read_back(stage: Deploying) -> None:
    stage.production.fail("rollers.update", LOST, after=True)
    assert (await stage.deployed(seconds=60)).state is RunState.RUNNING
    assert len(updates(stage)) == 1


async def test_traffic_that_came_onto_the_colour_meanwhile_keeps_it_as_it_is(
    stage: Deploying,
) -> None:
    stage.production.errand_ends = None
    await stage.deployed(seconds=30)
    stage.production.set_weights(BACKEND, {BLUE: 0, GREEN: 100})
    stage.production.end_errand(MIGRATION, 0)
    await stage.until_quiet(seconds=60)
    assert "What serves is not replaced." in (await stage.run()).note
    assert updates(stage) == []


async def rolling(stage: Deploying) -> None:
    """ECS takes its time."""
    stage.production.rollout_ends = RolloutState.IN_PROGRESS
    await stage.deployed(seconds=60)


def end(stage: Deploying, state: RolloutState, *, rolled_back: bool = False) -> None:
    service = stage.topology.services[BACKEND]
    stage.production.end_rollout(service, GREEN, state, rolled_back=rolled_back)


async def test_a_rollout_is_waited_for_and_says_how_far_it_is(stage: Deploying) -> None:
    await rolling(stage)
    run = await stage.run()
    assert shown(run, "rollout") == "0 of 3 tasks run."
    end(stage, RolloutState.COMPLETED)
    await stage.until_quiet()
    assert (await stage.run()).state is RunState.SUCCEEDED


async def test_tasks_that_failed_are_counted(stage: Deploying) -> None:
    await rolling(stage)
    stage.production.failed_tasks[BACKEND, GREEN] = 2
    await stage.until_quiet(seconds=30)
    assert shown(await stage.run(), "rollout") == "0 of 3 tasks run, 2 failed."


async def test_one_that_ecs_gave_up_turns_it_round_with_ecs_words(stage: Deploying) -> None:
    await rolling(stage)
    stage.production.events[BACKEND, GREEN] = ["(service green) deployment failed", "exit 1"]
    end(stage, RolloutState.FAILED)
    await stage.until_quiet()
    run = await turned(stage, "ECS gave the deployment up")
    assert "(service green) deployment failed; exit 1" in run.note


async def test_one_that_ecs_rolled_back_has_failed_whatever_runs_now(stage: Deploying) -> None:
    await rolling(stage)
    end(stage, RolloutState.FAILED, rolled_back=True)
    await stage.until_quiet()
    run = await turned(stage, "ECS went back to backend:")
    assert "COMPLETED" not in result(run, "rollout")


async def test_a_service_without_a_deployment_went_back_to_nothing(stage: Deploying) -> None:
    await rolling(stage)
    stage.production.tasks[BACKEND, GREEN] = replace(tasks(stage), deployments=())
    await stage.until_quiet()
    await turned(stage, "ECS went back to nothing.")


async def test_one_that_never_comes_up_is_gone_back_from(stage: Deploying) -> None:
    stage.production.rollout_ends = RolloutState.IN_PROGRESS
    await stage.deployed()
    await turned(stage, "Not up after 900 s: 0 of 3 tasks run.")


async def test_a_colour_that_wants_no_tasks_is_not_up(stage: Deploying) -> None:
    await rolling(stage)
    end(stage, RolloutState.COMPLETED)
    stage.production.tasks[BACKEND, GREEN] = replace(tasks(stage), desired=0, running=0)
    await stage.until_quiet(seconds=30)
    assert shown(await stage.run(), "rollout") == "0 of 0 tasks run."


async def test_a_version_whose_deployment_failed_once_can_be_deployed_again(
    stage: Deploying,
) -> None:
    await rolling(stage)
    end(stage, RolloutState.FAILED)
    await stage.until_quiet()
    await turned(stage, "ECS gave the deployment up")
    failed = tasks(stage).task_definition
    await stage.type("unfreeze backend the registry was down", BEN)
    stage.production.rollout_ends = RolloutState.COMPLETED
    again = await stage.deployed()
    assert again.state is RunState.SUCCEEDED, again.note
    assert tasks(stage).task_definition != failed
    assert registered(stage) == 2


# --- targets and smoke -------------------------------------------------------------------------


async def test_targets_are_waited_for(stage: Deploying) -> None:
    stage.production.targets[BACKEND, GREEN] = Targets(
        healthy=1, unhealthy=2, reasons=("initial: Elb.InitialHealthChecking",)
    )
    await stage.deployed(seconds=10)
    assert "1 of 3 targets healthy; initial: Elb" in shown(await stage.run(), "targets")
    stage.production.targets[BACKEND, GREEN] = Targets(healthy=3, unhealthy=0)
    await stage.until_quiet()
    assert (await stage.run()).state is RunState.SUCCEEDED


async def test_enough_of_them_are_enough_after_a_while(stage: Deploying) -> None:
    stage.production.targets[BACKEND, GREEN] = Targets(healthy=2, unhealthy=1)
    run = await stage.deployed(seconds=60)
    assert result(run, "targets") == "2 of 3 targets healthy, which is enough."


async def test_too_few_are_not(stage: Deploying) -> None:
    stage.production.targets[BACKEND, GREEN] = Targets(healthy=0, unhealthy=3)
    await stage.deployed()
    await turned(stage, "0 of 3 targets healthy;")


async def test_a_release_that_does_not_answer_as_itself_serves_nobody(stage: Deploying) -> None:
    stage.answer_as(GREEN, OLD)
    await stage.deployed()
    await turned(stage, f"On green: {OLD} answers, not {NEW} (15 looks).")


async def test_a_release_that_comes_late_is_looked_at_again(stage: Deploying) -> None:
    service = stage.topology.services[BACKEND]
    stage.probe.answers["backend@green", "GET", service.health_path] = None
    await stage.deployed(seconds=10)
    assert "/health says ConnectError" in shown(await stage.run(), "smoke")
    stage.answer_as(GREEN, NEW)
    await stage.until_quiet(seconds=30)
    assert result(await stage.run(), "smoke").startswith(f"On green: /version says {NEW}")


async def test_it_is_only_ever_tried_where_it_serves_nobody(stage: Deploying) -> None:
    await stage.deployed(f"{COMMAND} --all-flows", seconds=60)
    places = {where for where, _, _ in stage.probe.asked}
    assert "backend@green" in places
    assert "backend@blue" not in places
