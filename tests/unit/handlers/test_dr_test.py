"""The DR test as one run: restored, looked into, measured, reported, always taken away again."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.domain.instance import Address
from bot.domain.request import RequestState
from bot.domain.run import Control, Run, RunState, StepState
from bot.engine.approvals import steer
from bot.errors import OperationFailed, Refused, Temporary
from tests.drtests import FILMS, NAME, SCHEMA, DrTests, topology
from tests.stage import ANA, BEN, EVE, codes

pytestmark = pytest.mark.unit

RESTORE, DELETE = "restore_db_instance_from_db_snapshot", "delete_db_instance"


async def files(stage: DrTests) -> dict[str, str]:
    """The files in the thread, by how they end."""
    for _ in range(20):
        await stage.publisher.publish()
        stage.clock.advance(2)
    return {one.name.rpartition(".")[2]: one.content.decode() for one in stage.chat.files}


async def report(stage: DrTests) -> dict[str, object]:
    found: dict[str, object] = json.loads((await files(stage))["json"])
    return found


def said(run: Run, step: str) -> str:
    """What the last step of that name came to."""
    found = [each for each in run.steps if each.spec.name == f"backup.dr-test.{step}"]
    told = [str(each.result.get("said", "")) for each in found if each.result]
    return told[-1] if told else ""


# ---------------------------------------------------------------- the test that passes


async def test_a_restore_is_tested_measured_and_taken_away_again() -> None:
    stage = DrTests()
    run = await stage.begun()
    assert stage.called() == [RESTORE]
    sent = stage.effects()[0]
    assert sent["DBSnapshotIdentifier"] == "rds:prod-db-new"
    assert sent["DBInstanceIdentifier"] == NAME
    assert sent["VpcSecurityGroupIds"] == ["sg-1"]
    assert sent["DBSubnetGroupName"] == "prod-db-subnets"
    assert (sent["MultiAZ"], sent["PubliclyAccessible"]) == (False, False)
    assert {tag["Key"]: tag["Value"] for tag in sent["Tags"]} == {
        "filmops": "dr-test",
        "filmops-run": "R1",
        "filmops-expires": "2026-03-01T09:00:00Z",
    }
    run = await stage.goes_on()
    assert run.state is RunState.SUCCEEDED
    assert stage.called() == [RESTORE, DELETE]
    assert not stage.there()
    assert "prod-db" in stage.production.instances
    at = Address(host=f"{NAME}.abc.us-east-1.rds.amazonaws.com", port=5432)
    assert set(stage.sql.places) == {at}
    assert "uses it of backend-staging works" in said(run, "application")


async def test_what_the_plan_shows_is_what_is_sent() -> None:
    stage = DrTests()
    await stage.begun()
    run = await stage.goes_on()
    shown = [call for step in run.steps if not step.spec.back for call in step.spec.calls]
    assert [call.action for call in shown] == stage.called()
    for call, sent in zip(shown, stage.effects(), strict=True):
        assert call.parameters.keys() == sent.keys()


async def test_the_report_has_the_numbers_and_the_change_log_has_them_too() -> None:
    stage = DrTests()
    await stage.begun()
    await stage.goes_on()
    told = await report(stage)
    assert (told["format"], told["version"]) == ("filmops.dr-report", 1)
    assert (told["outcome"], told["why"], told["snapshot"]) == ("passed", None, "rds:prod-db-new")
    assert told["rpo_seconds"] == 9 * 3600
    rto = told["rto_seconds"]
    assert isinstance(rto, float)
    assert 600 <= rto < 700
    assert told["integrity"] == [
        {"name": "films", "expect": ">= 1000", "found": "812000", "ok": True},
        {"name": "schema", "expect": "42", "found": "42", "ok": True},
    ]
    (change,) = await stage.world.store.runs.changes()
    assert (change.resource, change.detail["outcome"]) == ("dr-test/prod-db", "passed")
    assert change.detail["rpo_seconds"] == 9 * 3600
    text = (await files(stage))["md"]
    assert "- Outcome: **passed**" in text
    assert "- RPO: 9 h" in text
    assert "- Approved by: Ben Larsen" in text
    assert "| films | >= 1000 | 812000 | ok |" in text


async def test_without_queries_and_application_it_says_what_was_not_tested() -> None:
    stage = DrTests(topology=topology())
    request = await stage.ask("backup dr-test")
    assert len(request.plan.warnings) == 3
    assert "at most 6 h" in request.plan.warnings[0]
    await stage.approve(request.id)
    run = await stage.goes_on()
    assert run.state is RunState.SUCCEEDED
    told = await report(stage)
    assert told["application"] == "NOT tested: the topology names no flow for it."
    assert told["integrity"] == [{"name": "tables", "expect": ">= 1", "found": "17", "ok": True}]


# ---------------------------------------------------------------- refused


async def test_who_may_only_read_may_not_ask_and_nobody_approves_their_own() -> None:
    stage = DrTests()
    assert codes(await stage.type("backup dr-test", EVE)) == ["not_permitted"]
    request = await stage.ask("backup dr-test")
    with pytest.raises(Refused) as own:
        await stage.approve(request.id, ANA)
    assert own.value.code == "own_request"
    assert stage.called() == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("no snapshot", "no_backup"),
        ("not read", "unverified"),
        ("gone", "live_state_unknown"),
        ("silent", "live_state_unknown"),
        ("denied", "live_state_unknown"),
    ],
)
async def test_what_cannot_be_tested_is_refused_and_nothing_is_made(wrong: str, code: str) -> None:
    stage = DrTests()
    production = stage.production
    match wrong:
        case "no snapshot":
            manual = [s for s in production.snapshots["prod-db"] if s.kind == "manual"]
            production.snapshots["prod-db"] = manual
        case "not read":
            stage.sql.known.clear()
        case "gone":
            del production.instances["prod-db"]
        case "silent":
            production.fail("databases.snapshots", Temporary("RDS does not answer"))
        case _:
            production.fail("instances.find", OperationFailed("no", code="denied"))
    with pytest.raises(Refused) as refused:
        await stage.ask("backup dr-test prod-db")
    assert (refused.value.code, bool(refused.value.hint)) == (code, True)
    assert stage.called() == []


async def test_another_network_since_the_approval_is_drift() -> None:
    stage = DrTests()
    request = await stage.ask("backup dr-test")
    source = stage.production.instances["prod-db"]
    moved = replace(source.network, subnet_group="another")
    stage.production.instances["prod-db"] = replace(source, network=moved)
    await stage.approve(request.id)
    await stage.until_quiet()
    assert (await stage.request()).state is RequestState.STALE
    assert stage.called() == []


# ---------------------------------------------------------------- it goes wrong, and cleans up


async def turned(stage: DrTests) -> Run:
    run = await stage.goes_on()
    assert run.state is RunState.FAILED, run.note
    assert not stage.there()
    assert "prod-db" in stage.production.instances
    assert (await report(stage))["outcome"] == "failed"
    return run


async def test_data_that_are_not_whole_fail_the_test_and_the_report_says_which() -> None:
    stage = DrTests()
    stage.gives(FILMS, "3")
    stage.gives(SCHEMA, None)
    await stage.begun()
    await turned(stage)
    told = await report(stage)
    assert told["rto_seconds"] is None
    assert "films is 3, NOT >= 1000; schema is nothing, NOT 42" in str(told["why"])
    (change,) = await stage.world.store.runs.changes()
    assert change.detail["outcome"] == "failed"
    assert change.summary.startswith("Gone back after 1 of 2 changes")


async def test_a_table_that_is_missing_is_a_finding_and_no_end() -> None:
    stage = DrTests()
    del stage.sql.answers[FILMS.sql]
    await stage.begun()
    await turned(stage)
    integrity = (await report(stage))["integrity"]
    assert "no such relation" in str(integrity)
    assert "'found': '42', 'ok': True" in str(integrity)


async def test_a_restored_database_that_never_answers_fails_the_test() -> None:
    stage = DrTests()
    stage.sql.failing = [Temporary("connection refused")] * 200
    await stage.begun()
    run = await turned(stage)
    assert "does not answer yet (connection refused) (15 looks)" in said(run, "integrity")


async def test_a_role_that_may_not_log_in_fails_the_test() -> None:
    stage = DrTests()
    stage.sql.failing = [OperationFailed("password authentication failed", code="denied")]
    await stage.begun()
    run = await turned(stage)
    assert "password authentication failed" in said(run, "integrity")


async def test_an_application_that_cannot_use_it_fails_the_test() -> None:
    stage = DrTests()
    stage.answer_flow(f"{NAME}.abc.us-east-1.rds.amazonaws.com", status=503)
    await stage.begun()
    run = await turned(stage)
    assert "uses it of backend-staging says answered 503" in said(run, "application")
    assert (await report(stage))["rto_seconds"] is not None


@pytest.mark.parametrize("code", ["denied", "taken", "not_found", "failed"])
async def test_a_restore_that_aws_refuses_fails_the_test(code: str) -> None:
    stage = DrTests()
    stage.production.fail("instances.restore", OperationFailed("AWS said no", code=code))
    await stage.begun()
    run = await turned(stage)
    assert "AWS said no" in said(run, "restore")
    assert stage.called() == [RESTORE]


@pytest.mark.parametrize("status", ["failed", "incompatible-restore", "storage-full"])
async def test_an_instance_that_never_becomes_available_fails_the_test(status: str) -> None:
    stage = DrTests()
    await stage.begun()
    made = stage.production.instances[NAME]
    stage.production.instances[NAME] = replace(made, status=status)
    stage.production.databases[NAME] = replace(stage.production.databases[NAME], status=status)
    run = await turned(stage)
    assert f"{NAME} is {status}" in said(run, "ready")


async def test_a_restore_that_takes_too_long_fails_the_test() -> None:
    stage = DrTests()
    await stage.begun()
    await stage.until_quiet(seconds=7300)
    run = await stage.run()
    assert run.turned is RunState.FAILED
    assert "is creating after 120 min" in said(run, "ready")
    await turned(stage)


async def test_somebody_elses_instance_of_that_name_is_left_alone() -> None:
    stage = DrTests()
    theirs = replace(stage.production.instances["prod-db"], id=NAME, tags={"filmops": "R1"})
    stage.production.instances[NAME] = theirs
    stage.production.databases[NAME] = stage.production.databases["prod-db"]
    await stage.begun()
    run = await stage.goes_on()
    assert run.state is RunState.FAILED
    assert stage.there()
    assert stage.called() == [RESTORE]
    assert "is not this test's: it is left alone" in said(run, "clean")


async def test_one_that_somebody_deletes_meanwhile_fails_the_test() -> None:
    stage = DrTests()
    await stage.begun()
    stage.production.delete(NAME)
    stage.production.settle(NAME)
    run = await turned(stage)
    assert "is gone: somebody deleted it" in said(run, "ready")


async def test_an_abort_deletes_what_was_made_and_reports_it() -> None:
    stage = DrTests()
    await stage.begun()
    await steer(stage.world, stage.asking(BEN), 1, Control.ABORT)
    run = await stage.goes_on()
    assert run.state is RunState.ABORTED
    assert not stage.there()
    assert (await report(stage))["outcome"] == "aborted"


# ---------------------------------------------------------------- faults, passing and lasting


@pytest.mark.parametrize(
    ("method", "after"),
    [
        ("databases.snapshots", False),
        ("instances.find", False),
        ("instances.restore", False),
        ("instances.restore", True),
        ("instances.remove", False),
        ("instances.remove", True),
    ],
)
async def test_throttling_and_lost_answers_are_waited_out_and_nothing_is_done_twice(
    method: str, *, after: bool
) -> None:
    stage = DrTests()
    await stage.started("backup dr-test")
    stage.production.fail(method, Temporary("ThrottlingException"), times=2, after=after)
    run = await stage.goes_on()
    assert run.state is RunState.SUCCEEDED, run.note
    assert not stage.there()
    instances = [call for call in stage.called() if call == RESTORE]
    assert len(instances) <= 3
    assert stage.production.instances.keys() == {"prod-db"}


async def test_an_instance_that_cannot_be_deleted_holds_the_run_and_pages() -> None:
    stage = DrTests()
    await stage.begun()
    stage.production.fail("instances.remove", OperationFailed("no", code="denied"), times=99)
    run = await stage.goes_on(seconds=3600)
    assert run.state is RunState.HELD
    assert stage.there()
    step = run.next_step
    assert step is not None
    assert (step.spec.name, step.state) == ("backup.dr-test.clean", StepState.FAILED)
    assert "passed" in str((await report(stage))["outcome"])


async def test_an_instance_that_is_being_made_is_deleted_as_soon_as_rds_lets_it() -> None:
    stage = DrTests()
    await stage.begun()
    stage.production.fail("instances.remove", Temporary("is creating"), times=5)
    stage.sql.known.add("prod-db")
    stage.gives(FILMS, "0")
    run = await stage.goes_on()
    assert run.state is RunState.FAILED
    assert not stage.there()
