"""`/filmops db backup` and `db restore`: made once, waited for, never over what is there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.request import RequestState
from bot.domain.run import RunState
from bot.errors import FilmOpsError, OperationFailed, Refused, Temporary, UserError
from bot.topology import Database
from tests.data import SNAPSHOT, Data
from tests.stage import ANA, BEN, EVE, codes

pytestmark = pytest.mark.unit

RESTORE = f"db restore {SNAPSHOT} as films-look"
THROTTLED = Temporary("AWS rds: Throttling: Rate exceeded")
DENIALS = [
    OperationFailed(f"AWS said no: {code}", code="denied", hint="Allow it.")
    for code in ("AccessDenied", "403")
]


@pytest.fixture
def stage() -> Data:
    return Data()


async def test_a_backup_is_taken_once_seen_to_be_there_and_in_the_change_log(stage: Data) -> None:
    run = await stage.done("db backup --reason before the premiere")
    assert run.state is RunState.SUCCEEDED
    (call,) = stage.production.effects
    assert call.action == "create_db_snapshot"
    name = call.parameters["DBSnapshotIdentifier"]
    assert name.startswith("filmops-prod-db-r1-")
    assert call.parameters["Tags"] == [{"Key": "filmops", "Value": "R1"}]
    assert run.steps[0].result["said"] == f"{name} is made."
    (change,) = await stage.world.store.runs.changes()
    assert change.resource == "database/prod-db"
    assert change.before.startswith(f"newest snapshot: {SNAPSHOT}, ")


async def test_a_snapshot_under_way_is_waited_for_and_one_that_fails_holds(stage: Data) -> None:
    stage.production.snapshot_ends = "creating"
    request = await stage.agreed("db backup prod-db")
    await stage.until_quiet(seconds=60)
    (step,) = (await stage.run(request.id)).steps
    assert "is being made" in step.progress["said"]
    newest = stage.production.snapshots["prod-db"][-1]
    stage.production.snapshots["prod-db"][-1] = replace(newest, status="failed")
    await stage.until_quiet()
    run = await stage.run(request.id)
    assert run.state is RunState.HELD
    assert "is failed. Resume takes another." in run.note


async def test_a_backup_that_takes_too_long_is_held(stage: Data) -> None:
    stage.production.snapshot_ends = "creating"
    run = await stage.done("db backup", seconds=4000)
    assert run.state is RunState.HELD
    assert "takes longer than 3600 s" in run.note


async def test_a_database_that_is_busy_is_warned_of_and_tried_again(stage: Data) -> None:
    ready = stage.production.databases["prod-db"]
    stage.production.databases["prod-db"] = replace(ready, status="modifying")
    request = await stage.agreed("db backup")
    assert request.plan.warnings == ("prod-db is modifying: RDS may not take a snapshot now.",)
    await stage.until_quiet(seconds=5)
    assert (await stage.run(request.id)).state is RunState.RUNNING
    stage.production.databases["prod-db"] = ready
    await stage.until_quiet()
    assert (await stage.run(request.id)).state is RunState.SUCCEEDED


@pytest.mark.parametrize("command", ["db backup", RESTORE])
async def test_neither_lock_nor_freeze_stops_what_saves_data(stage: Data, command: str) -> None:
    await stage.type("freeze all a bad night", BEN)
    run = await stage.done(command)
    assert run.state is RunState.SUCCEEDED


@pytest.mark.parametrize("command", ["db backup", RESTORE])
async def test_nobody_is_served_who_may_not_and_nothing_is_done_unapproved(
    stage: Data, command: str
) -> None:
    refused = await stage.type(command, EVE)
    assert codes(refused) == ["not_permitted"]
    request = await stage.ask(command)
    assert request.needed == 1
    with pytest.raises(Refused, match="second person"):
        await stage.approve(request.id, ANA)
    await stage.reject(request.id, BEN)
    await stage.until_quiet()
    assert (await stage.request(request.id)).state is RequestState.REJECTED
    assert stage.called() == []


@pytest.mark.parametrize(
    ("command", "method"),
    [
        ("db backup", "databases.state"),
        ("db backup", "databases.snapshots"),
        (RESTORE, "databases.snapshots"),
        (RESTORE, "instances.find"),
    ],
)
@pytest.mark.parametrize("error", [THROTTLED, *DENIALS])
async def test_what_aws_does_not_tell_is_not_planned(
    stage: Data, command: str, method: str, error: FilmOpsError
) -> None:
    stage.production.fail(method, error, times=9)
    with pytest.raises(Refused, match="could not be read") as refusal:
        await stage.type(command)
    assert refusal.value.code == "live_state_unknown"
    assert stage.called() == []


@pytest.mark.parametrize(
    ("command", "method"),
    [
        ("db backup", "snapshots.state"),
        ("db backup", "snapshots.take"),
        (RESTORE, "instances.find"),
        (RESTORE, "instances.restore"),
    ],
)
@pytest.mark.parametrize("error", [THROTTLED, *DENIALS])
async def test_throttling_passes_and_a_denial_is_held_aloud(
    stage: Data, command: str, method: str, error: FilmOpsError
) -> None:
    request = await stage.launched(command)
    stage.production.fail(method, error)
    await stage.until_quiet()
    run = await stage.run(request.id)
    if isinstance(error, Temporary):
        assert run.state is RunState.SUCCEEDED, run.note
    else:
        assert run.state is RunState.HELD
        assert error.message in run.note


@pytest.mark.parametrize("method", ["snapshots.take", "instances.restore"])
async def test_an_answer_that_is_lost_makes_nothing_twice(stage: Data, method: str) -> None:
    stage.production.fail(method, Temporary("the answer is lost"), after=True)
    command = "db backup" if method == "snapshots.take" else RESTORE
    run = await stage.done(command)
    assert run.state is RunState.SUCCEEDED
    assert len(stage.called()) == 1


async def test_a_restore_makes_a_new_instance_like_its_source_and_says_what_is_left(
    stage: Data,
) -> None:
    request = await stage.ask(RESTORE)
    (call,) = [call for step in request.plan.steps for call in step.calls]
    assert call.parameters["DBInstanceIdentifier"] == "films-look"
    assert call.parameters["MultiAZ"] is True
    assert [warning.split()[0] for warning in request.plan.warnings] == ["films-look", "Its"]
    assert call.parameters["Tags"] == [
        {"Key": "filmops", "Value": "known when its step is reached"}
    ]
    await stage.approve(request.id)
    await stage.until_quiet()
    run = await stage.run(request.id)
    assert run.state is RunState.SUCCEEDED
    assert stage.called() == ["restore_db_instance_from_db_snapshot"]
    made, source = (stage.production.instances[name] for name in ("films-look", "prod-db"))
    assert made.network == source.network
    assert made.tags["filmops"] == "R1"
    said = run.steps[-1].result["said"]
    assert f"answers at {made.endpoint}:{made.port}" in said
    assert "Left to do" in said
    (change,) = await stage.world.store.runs.changes()
    assert change.detail == {"endpoint": f"{made.endpoint}:{made.port}"}


async def test_without_a_name_it_is_the_source_s_with_restored(stage: Data) -> None:
    run = await stage.done(f"db restore {SNAPSHOT} looking for the lost films")
    assert run.state is RunState.SUCCEEDED
    assert "prod-db-restored" in stage.production.instances
    assert (await stage.request(run.id)).reason == "looking for the lost films"


@pytest.mark.parametrize("name", ["prod-db", "PROD-DB"])
async def test_a_restore_is_never_in_place(stage: Data, name: str) -> None:
    with pytest.raises(UserError, match="never in place") as taken:
        await stage.type(f"db restore {SNAPSHOT} as {name}")
    assert taken.value.hint.endswith(" as prod-db-2")


async def test_a_snapshot_that_is_not_there_is_answered_with_the_nearest(stage: Data) -> None:
    with pytest.raises(UserError, match="Did you mean rds:prod-db-2026-01-01-03-10"):
        await stage.type("db restore rds:prod-db-2026-01-01-03-1 as films-look")
    with pytest.raises(UserError) as unknown:
        await stage.type("db restore zz as films-look")
    assert unknown.value.hint == "/filmops db backups"
    with pytest.raises(UserError, match="as needs a value"):
        await stage.type(f"db restore {SNAPSHOT} as")
    with pytest.raises(UserError, match="does not fit"):
        await stage.type(f"db restore {SNAPSHOT} as 1st_copy")


async def test_the_snapshot_says_whose_it_is(stage: Data) -> None:
    two = {**stage.topology.databases, "films-2": Database(key="films-2")}
    stage = Data(topology=stage.topology.model_copy(update={"databases": two}))
    request = await stage.ask(RESTORE)
    assert request.plan.resource == "database/prod-db"
    with pytest.raises(UserError, match="no snapshot"):
        await stage.type(f"{RESTORE} --database films-2")


async def test_a_source_that_is_gone_cannot_be_restored_like_it(stage: Data) -> None:
    del stage.production.instances["prod-db"]
    with pytest.raises(Refused, match="network is not known"):
        await stage.type(RESTORE)


async def test_a_name_that_is_taken_meanwhile_holds_the_run(stage: Data) -> None:
    request = await stage.launched(RESTORE)
    other = stage.production.instance("films-look", zone="us-east-1a")
    stage.production.add(other)
    await stage.until_quiet()
    run = await stage.run(request.id)
    assert run.state is RunState.HELD
    assert "somebody else's by now" in run.note
    assert stage.called() == []


async def test_a_source_that_moved_since_the_plan_makes_it_stale(stage: Data) -> None:
    request = await stage.ask(RESTORE)
    source = stage.production.instances["prod-db"]
    moved = replace(source, network=replace(source.network, parameter_group="tuned"))
    stage.production.instances["prod-db"] = moved
    await stage.approve(request.id)
    await stage.until_quiet()
    stale = await stage.request(request.id)
    assert stale.state is RequestState.STALE
    assert "source's network" in stale.note


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("creating", "films-look is creating. That takes longer than 7200 s."),
        ("incompatible-restore", "films-look is incompatible-restore. Delete it"),
    ],
)
async def test_a_restore_that_does_not_become_available_is_held(
    stage: Data, status: str, said: str
) -> None:
    stage.production.instances_settle = False
    request = await stage.agreed(RESTORE)
    await stage.until_quiet(seconds=30)
    state = stage.production.databases["films-look"]
    stage.production.databases["films-look"] = replace(state, status=status)
    await stage.until_quiet(seconds=9000)
    run = await stage.run(request.id)
    assert run.state is RunState.HELD
    assert said in run.note


@pytest.mark.parametrize("gone", ["db.restore.ready", "db.restore.verify"])
async def test_an_instance_somebody_deletes_meanwhile_is_said(stage: Data, gone: str) -> None:
    stage.production.instances_settle = False
    request = await stage.agreed(RESTORE)
    await stage.until_quiet(seconds=30)
    if gone == "db.restore.verify":
        stage.production.settle("films-look")
        await stage.one_step(request)
    del stage.production.instances["films-look"]
    await stage.until_quiet()
    run = await stage.run(request.id)
    assert (run.state, run.next_step and run.next_step.spec.name) == (RunState.HELD, gone)
    assert "somebody deleted it" in run.note


async def test_an_instance_unlike_its_source_is_held(stage: Data) -> None:
    stage.production.instances_settle = False
    request = await stage.agreed(RESTORE)
    await stage.until_quiet(seconds=30)
    made = stage.production.instances["films-look"]
    wrong = replace(made.network, security_groups=("sg-default",), multi_az=False)
    stage.production.instances["films-look"] = replace(made, network=wrong)
    stage.production.settle("films-look")
    await stage.until_quiet()
    run = await stage.run(request.id)
    assert run.state is RunState.HELD
    assert "security groups ['sg-default'] instead of" in run.note
    assert "two zones False instead of True" in run.note


async def test_a_backup_and_a_restore_of_one_database_do_not_run_at_once(stage: Data) -> None:
    stage.production.snapshot_ends = "creating"
    await stage.agreed("db backup")
    await stage.until_quiet(seconds=1)
    assert codes(await stage.type(RESTORE)) == ["busy"]
