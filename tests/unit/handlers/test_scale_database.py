"""`/filmops scale db`: an outage is said, the class is read back, only our own replicas go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.instance import REPLICA_TAG
from bot.domain.live import Missing
from bot.domain.run import Run, RunState
from bot.engine.reconciler import requeue
from bot.errors import OperationFailed, Refused, Temporary, UserError
from tests.stage import BEN, CHLOE, Stage

pytestmark = pytest.mark.unit

DB, COPY, BIGGER = "prod-db", "prod-db-read-replica-1", "db.r6g.2xlarge"


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def began(stage: Stage, text: str, *, seconds: float = 3600) -> Run:
    """Asked for, approved by as many as it takes, carried for so long."""
    request = await stage.ask(text)
    for who in (BEN, CHLOE)[: request.needed]:
        await stage.approve(request.id, who)
    await stage.until_quiet(seconds=seconds)
    return await stage.run(request.id)


async def refused(stage: Stage, text: str) -> Refused:
    with pytest.raises(Refused) as refusal:
        await stage.type(text)
    return refusal.value


async def mistaken(stage: Stage, text: str) -> str:
    with pytest.raises(UserError) as mistake:
        await stage.type(text)
    return f"{mistake.value.message} {mistake.value.hint}"


def instance_class(stage: Stage) -> str:
    return stage.production.instances[DB].instance_class


def called(stage: Stage) -> list[str]:
    return [call.action for call in stage.production.effects]


# --- its class ---------------------------------------------------------------------------------


async def test_in_the_window_it_waits_and_is_looked_at_after_it(stage: Stage) -> None:
    run = await began(stage, f"scale db {BIGGER}")
    assert run.state is RunState.SUCCEEDED
    assert instance_class(stage) == "db.r6g.large"
    request = await stage.request(2)
    assert request.words == f"scale {DB} {BIGGER} --check"
    assert str(request.plan.start_at) == "2026-03-04 08:08:00+00:00"
    stage.production.open_window(DB)
    stage.clock.advance(4 * 24 * 3600)
    await requeue(stage.world)
    await stage.until_quiet()
    assert (await stage.run(2)).note == f"{DB} reads as {BIGGER}, available."


async def test_a_window_that_did_nothing_is_found_out_and_held(stage: Stage) -> None:
    await began(stage, f"scale db {BIGGER}")
    stage.clock.advance(4 * 24 * 3600)
    await requeue(stage.world)
    await stage.until_quiet(seconds=3 * 3600)
    run = await stage.run(2)
    assert run.state is RunState.HELD
    assert f"reads as db.r6g.large, available; {BIGGER} waits" in run.note


async def test_now_is_an_outage_that_one_more_person_agrees_to(stage: Stage) -> None:
    waiting = replace(stage.production.instances[DB], pending={"AllocatedStorage": "300"})
    stage.production.instances[DB] = waiting
    request = await stage.ask(f"scale db {BIGGER} --when now")
    assert request.needed == 2
    assert request.plan.more_approvals == (
        "--when now is an outage, and applies what waits: AllocatedStorage 300",
    )
    assert request.plan.warnings[0].startswith("OUTAGE: connections are cut")
    for who in (BEN, CHLOE):
        await stage.approve(request.id, who)
    await stage.until_quiet()
    assert (await stage.run()).note == f"{DB} reads as {BIGGER}, available."


async def test_the_class_is_what_counts_and_not_the_status(stage: Stage) -> None:
    stage.production.instances_settle = False
    run = await began(stage, f"scale db {BIGGER} --when now", seconds=60)
    assert run.steps[-1].progress["said"] == f"{DB} reads as db.r6g.large, modifying."
    stage.production.settle(DB)
    await stage.until_quiet()
    assert (await stage.run()).state is RunState.SUCCEEDED


async def test_one_that_never_becomes_it_is_held(stage: Stage) -> None:
    stage.production.instances_settle = False
    run = await began(stage, f"scale db {BIGGER} --when now", seconds=3 * 3600)
    assert run.state is RunState.HELD
    assert "takes longer than 7200 s" in run.note


async def test_what_would_change_nothing_or_is_busy_is_refused(stage: Stage) -> None:
    assert (await refused(stage, "scale db db.r6g.large")).code == "nothing_to_do"
    stage.production.resize(DB, BIGGER, now=False)
    again = await refused(stage, f"scale db {BIGGER}")
    assert (again.code, again.hint) == ("nothing_to_do", f"/filmops scale {DB} {BIGGER} --when now")
    assert (await stage.ask(f"scale db {BIGGER} --when now")).plan.changes[0].after == BIGGER
    state = stage.production.databases[DB]
    stage.production.databases[DB] = replace(state, status="backing-up")
    assert (await refused(stage, "scale db db.r6g.4xlarge")).code == "not_ready"
    del stage.production.instances[DB]
    assert (await refused(stage, "scale db db.r6g.4xlarge")).code == "live_state_unknown"


async def test_words_that_are_off_are_answered_with_how_to_say_it(stage: Stage) -> None:
    assert f"Did you mean {BIGGER}?" in await mistaken(stage, "scale db db.r6g.2xlarg")
    assert "db.r6g.4xlarge" in await mistaken(stage, "scale db db.m1.small")
    assert "To which class" in await mistaken(stage, "scale db")
    assert "does not return by itself" in await mistaken(stage, f"scale db {BIGGER} for 2h")
    assert "no --min" in await mistaken(stage, f"scale db {BIGGER} --min 2")
    assert "replica add, or" in await mistaken(stage, "scale db replica promote")
    assert "no name like" in await mistaken(stage, "scale db replica add 1st--one")


@pytest.mark.parametrize("after", [False, True])
async def test_a_throttled_call_is_made_again_and_a_lost_answer_read_back(
    stage: Stage, after: bool
) -> None:
    stage.production.fail("instances.resize", Temporary("throttled"), after=after)
    assert (await began(stage, f"scale db {BIGGER}")).state is RunState.SUCCEEDED
    assert called(stage) == ["modify_db_instance"] * (1 if after else 2)


async def test_a_denial_and_a_class_changed_meanwhile_hold_it(stage: Stage) -> None:
    denied = OperationFailed("403", code="denied", hint="Allow rds:ModifyDBInstance.")
    stage.production.fail("instances.resize", denied)
    assert "Allow rds:ModifyDBInstance." in (await began(stage, f"scale db {BIGGER}")).note
    other = Stage()
    run = await other.started(f"scale db {BIGGER}")
    other.production.resize(DB, "db.r6g.xlarge", now=True)
    await other.world.jobs.step(run.id, 0, 0, run.resource)
    await other.until_quiet()
    assert "is db.r6g.xlarge by now" in (await other.run()).note
    assert called(other) == []


# --- its replicas ------------------------------------------------------------------------------


async def test_a_replica_comes_into_another_zone_and_is_there_when_it_follows(
    stage: Stage,
) -> None:
    stage.production.instances_settle = False
    run = await began(stage, "scale db replica add", seconds=60)
    assert "CloudWatch says nothing of its lag yet" in run.steps[-1].progress["said"]
    stage.production.settle(COPY)
    made = stage.production.instances[COPY]
    unread = Missing(reason="denied")
    stage.production.instances[COPY] = replace(made, replica_lag_seconds=unread)
    await stage.until_quiet(seconds=60)
    assert "its lag could not be read (denied)" in (await stage.run()).steps[-1].progress["said"]
    stage.production.instances[COPY] = replace(made, replica_lag_seconds=45.0)
    await stage.until_quiet(seconds=60)
    assert "45 s behind" in (await stage.run()).steps[-1].progress["said"]
    stage.production.instances[COPY] = replace(made, replica_lag_seconds=2.0)
    await stage.until_quiet()
    run = await stage.run()
    assert (run.state, made.zone) == (RunState.SUCCEEDED, "us-east-1b")
    assert f"{COPY} is available, 2 s behind; {COPY}." in run.note


async def test_what_is_not_told_of_a_replica_is_unknown_with_the_reason(stage: Stage) -> None:
    await began(stage, "scale db replica add")
    unread, made = Missing(reason="denied"), stage.production.instances[COPY]
    stage.production.instances[COPY] = replace(made, replica_lag_seconds=unread)
    known = stage.production.databases[COPY]
    stage.production.databases[COPY] = replace(known, connections=unread)
    replica, connections = (await stage.ask("scale db replica remove")).plan.evidence
    assert replica.endswith("available, lag unknown (denied)")
    assert connections == f"connections to {COPY}: unknown (denied)"


async def test_the_next_one_has_the_next_name_and_the_emptier_zone(stage: Stage) -> None:
    await began(stage, "scale db replica add")
    plan = (await stage.ask("scale db replica add")).plan
    assert "prod-db-read-replica-2" in plan.summary
    assert "us-east-1a" in plan.summary
    assert plan.evidence[0].startswith(f"{COPY}: db.r6g.large in us-east-1b, available")
    assert (await refused(stage, f"scale db replica add {COPY}")).code == "nothing_to_do"


async def test_a_name_that_is_anothers_holds_it(stage: Stage) -> None:
    run = await stage.started("scale db replica add mine")
    stage.production.instances["mine"] = stage.production.instance("mine", zone="us-east-1a")
    await stage.world.jobs.step(run.id, 0, 0, run.resource)
    await stage.until_quiet()
    assert "mine is no replica of prod-db" in (await stage.run()).note


async def test_ours_is_removed_with_one_more_approval(stage: Stage) -> None:
    await began(stage, "scale db replica add")
    request = await stage.ask("scale db replica remove")
    assert request.needed == 2
    assert f"connections to {COPY}: 0" in request.plan.evidence
    for who in (BEN, CHLOE):
        await stage.approve(request.id, who)
    await stage.until_quiet()
    assert (await stage.run(2)).note == f"{COPY} is gone."
    assert COPY not in stage.production.instances


async def test_what_is_not_ours_is_never_removed(stage: Stage) -> None:
    assert (await refused(stage, "scale db replica remove")).code == "not_ours"
    assert (await refused(stage, "scale db replica remove prod-db")).code == "nothing_to_do"
    await began(stage, "scale db replica add")
    theirs = replace(stage.production.instances[COPY], tags={"owner": "ana"})
    stage.production.instances[COPY] = theirs
    assert (await refused(stage, f"scale db replica remove {COPY}")).code == "not_ours"
    stage.production.instances[COPY] = replace(theirs, tags=dict([REPLICA_TAG]))
    request = await stage.ask(f"scale db replica remove {COPY}")
    for who in (BEN, CHLOE):
        await stage.approve(request.id, who)
    stage.jobs.waiting.clear()
    await stage.launcher.launch(request.id)
    stage.production.instances[COPY] = theirs
    await stage.until_quiet()
    assert "does not carry filmops=replica" in (await stage.run(request.id)).note
    assert called(stage) == ["create_db_instance_read_replica"]


async def test_of_several_it_must_be_said_which(stage: Stage) -> None:
    await began(stage, "scale db replica add")
    await began(stage, "scale db replica add")
    assert (await refused(stage, "scale db replica remove")).code == "bad_words"
    plan = (await stage.ask(f"scale db replica remove {COPY}")).plan
    assert plan.changes[0].after == "prod-db-read-replica-2"
