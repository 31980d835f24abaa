"""`/filmops backup dr-test [DATABASE]`: the runbook's *Quarterly DR Test* as one run.

The newest automated snapshot is restored to an instance of the test's own, looked into, measured
and taken away again: as the last step, on the way back, and past both by the sweep
(`bot.engine.dr_leftovers`). Production is read, never changed. The steps are in
handlers.backup.dr_steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from pydantic import Field

from bot.domain.certain import certain
from bot.domain.dr_test import tags_of
from bot.domain.instance import Instance, Network
from bot.domain.live import Snapshot
from bot.domain.plan import Call, Change, Plan, StepSpec
from bot.domain.reasons import Reason
from bot.engine.known import only_database
from bot.engine.look import part
from bot.engine.operation import Context, Operation, Params
from bot.engine.saving import LATER
from bot.engine.step import StepCode
from bot.errors import Refused
from bot.topology import Database, Risk
from handlers.backup import dr_steps as steps
from handlers.backup.dr_reporting import report

NAME = "backup dr-test"


class DrTestParams(Params):
    """Of which database (the only one when it is not said), and why."""

    database: str | None = Field(default=None, json_schema_extra={"names": "databases"})
    reason: str = Field(default="", max_length=500, json_schema_extra={"rest": True})


async def plan(context: Context, params: DrTestParams) -> Plan:
    """What it would do now. Raises Refused when there is nothing to restore or no way to look."""
    world = context.world
    database = only_database(context.topology, params.database, command=NAME)
    if not world.sql.knows(database):
        raise Refused(
            f"Nobody said how {database.key} is read: a restored one could not be looked into, and "
            "a restore that nobody looked into is not tested.",
            code=Reason.UNVERIFIED,
            hint="A maintainer sets PRODUCT_DATABASE_URL (docs/settings.md).",
        )
    read = certain(f"{database.key} itself", await part(world.aws.instances.find(database.key)))
    if read is None:
        raise Refused(
            f"RDS has no {database.key}: its network is not known.",
            code=Reason.LIVE_STATE_UNKNOWN,
            hint="Restore by hand, with the groups it had: docs/operating.md.",
        )
    newest = await _newest(context, database)
    network = replace(read.network, multi_az=False)
    return Plan(
        operation=NAME,
        resource=f"dr-test/{database.key}",
        summary=f"Test the restore of {database.key}: its newest automated snapshot goes to an "
        f"instance of the test's own, is looked into and measured, and the instance is deleted "
        f"again. {database.key} is not touched.",
        steps=_steps(context, database, network),
        changes=(Change(subject="a test instance", before="not there", after="made and deleted"),),
        facts={"source's network": _words(network)},
        evidence=_evidence(read, newest),
        warnings=_warnings(context, database, read),
    )


async def _newest(context: Context, database: Database) -> Snapshot:
    what = f"{database.key}'s snapshots"
    known = certain(what, await part(context.world.aws.databases.snapshots(database)))
    newest = steps.newest_automated(known)
    if newest is None:
        raise Refused(
            f"There is no automated snapshot of {database.key} to restore.",
            code=Reason.NO_BACKUP,
            hint="/filmops backup verify",
        )
    return newest


def _steps(context: Context, database: Database, network: Network) -> tuple[StepSpec, ...]:
    world, key = context.world, database.key
    args: Mapping[str, Any] = {
        "database": key,
        "network": {**asdict(network), "security_groups": list(network.security_groups)},
    }
    tags = dict.fromkeys(tags_of(1, expires=context.now), LATER)
    made = f"{key}-dr-test-…"
    action, parameters = world.aws.instances.restore_call(LATER, made, network=network, tags=tags)
    restore = Call(service="rds", action=action, parameters=parameters)
    action, parameters = world.aws.instances.remove_call(made)
    removal = Call(service="rds", action=action, parameters=parameters)

    def step(name: str, title: str, *calls: Call, back: bool = False) -> StepSpec:
        return StepSpec(
            name=f"backup.dr-test.{name}", title=title, args=args, calls=calls, back=back
        )

    return (
        step("choose", "Choose the newest automated snapshot; the clock starts"),
        step("restore", "Restore it to a new, tagged instance", restore),
        step("ready", "Wait until the instance is available"),
        step("integrity", f"Connect, and ask {_queries(database)}"),
        step("application", "Have the application use it"),
        step("report", "Write down RPO and RTO, and what was found"),
        step("clean", "Delete the instance", removal),
        step("report", "Write down what it came to", back=True),
        step("clean", "Delete the instance, if there is one", removal, back=True),
    )


def _queries(database: Database) -> str:
    number = len(database.integrity)
    return f"{number} integrity quer{'y' if number == 1 else 'ies'}" if number else "for its tables"


def _words(network: Network) -> str:
    return (
        f"{network.subnet_group}; {', '.join(network.security_groups)}; {network.parameter_group}"
    )


def _evidence(source: Instance, newest: Snapshot) -> tuple[str, ...]:
    return (
        f"Newest automated snapshot: {newest.id}, {newest.created_at:%Y-%m-%d %H:%M} UTC",
        f"The source: {source.engine} on {source.instance_class}, {source.status}",
    )


def _warnings(context: Context, database: Database, source: Instance) -> tuple[str, ...]:
    backup = context.topology.backup
    cost = (
        f"It costs what a {source.instance_class} in one zone and its storage cost for as long as "
        f"it is there: at most {backup.dr_hours:g} h, then it is deleted whatever happens."
    )
    unasked = (
        f"The topology has no [databases.{database.key}.integrity] queries: it is only seen that "
        "the database answers and has tables."
    )
    untried = (
        f"The topology has no [databases.{database.key}.application]: that an application can use "
        "it is not tested, and the report says so."
    )
    return (
        cost,
        *(() if database.integrity else (unasked,)),
        *(() if database.application else (untried,)),
    )


OPERATION = Operation(
    name=NAME,
    summary="Test that a backup can be restored: restore, look, measure, report, clean up.",
    risk=Risk.CHANGE,
    params=DrTestParams,
    examples=("backup dr-test", "backup dr-test prod-db the quarterly test"),
    plan=plan,
    steps={
        "backup.dr-test.choose": StepCode(act=steps.choose),
        "backup.dr-test.restore": StepCode(act=steps.restore, done=steps.restored),
        "backup.dr-test.ready": StepCode(act=steps.ready),
        "backup.dr-test.integrity": StepCode(act=steps.integrity),
        "backup.dr-test.application": StepCode(act=steps.application),
        "backup.dr-test.report": StepCode(act=report),
        "backup.dr-test.clean": StepCode(act=steps.clean, done=steps.cleaned),
    },
    heedless=True,
    needs=(
        "databases.snapshots",
        "instances.find",
        "instances.restore",
        "instances.remove",
    ),
)
