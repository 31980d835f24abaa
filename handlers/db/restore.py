"""`/filmops db restore SNAPSHOT as NAME`: to a new instance (runbook, *Restore from Backup*).

Never in place: the name must be free. The source's network, security and parameter groups and its
zones are given along, for a restore alone takes the defaults (AWS fact). What uses the database is
not moved to the new one: that is a person's to do, and is said at the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import Field

from bot.domain.certain import certain
from bot.domain.instance import Instance, Network
from bot.domain.live import Missing, Snapshot
from bot.domain.plan import Call, Change, Plan, StepSpec
from bot.domain.reasons import Reason
from bot.engine.look import part
from bot.engine.naming import suggest
from bot.engine.operation import Context, Operation, Params
from bot.engine.saving import LATER
from bot.engine.step import StepCode
from bot.errors import Refused, UserError
from bot.topology import Database, Risk
from handlers.db.restoring import guard, made, make, ready, verify

InstanceName = Annotated[str, Field(pattern=r"^[A-Za-z](?:-?[A-Za-z0-9]){0,62}$")]
"""As RDS takes it: letters, digits, single hyphens, a letter first."""

SnapshotName = Annotated[str, Field(pattern=r"^[A-Za-z0-9:_-]{1,255}$")]


class RestoreParams(Params):
    """Which snapshot, as what; the database only matters when several have one of that name."""

    snapshot: SnapshotName
    name: InstanceName | None = Field(default=None, json_schema_extra={"after": "as"})
    database: str | None = Field(
        default=None, json_schema_extra={"option": True, "names": "databases"}
    )
    reason: str = Field(default="", max_length=500, json_schema_extra={"rest": True})


async def plan(context: Context, params: RestoreParams) -> Plan:
    """What would be made. Raises UserError for a snapshot there is not or a name that is taken,
    Refused when AWS does not say.
    """
    database, snapshot = await _found(context, params)
    name = (params.name or f"{database.key}-restored").lower()
    source = await _source(context, database)
    await _free(context, name, snapshot)
    return Plan(
        operation="db restore",
        resource=f"database/{database.key}",
        summary=f"Restore {snapshot.id} of {database.key} to a new instance, {name}. "
        f"{database.key} is not touched, and nothing uses {name} by itself.",
        steps=_steps(context, database, snapshot, name, source.network),
        changes=(Change(subject=name, before="not there", after=f"as {snapshot.id} has it"),),
        facts={
            "snapshot": f"{snapshot.id} of {snapshot.created_at:%Y-%m-%d %H:%M:%S} UTC",
            "source's network": _network(source.network),
        },
        evidence=(f"{source.engine} on {source.instance_class}: {source.status}",),
        warnings=_warnings(database, name),
    )


async def _found(context: Context, params: RestoreParams) -> tuple[Database, Snapshot]:
    """The snapshot and whose it is."""
    databases = [
        each for each in context.topology.databases.values() if params.database in (None, each.key)
    ]
    reads = await asyncio.gather(
        *(part(context.world.aws.databases.snapshots(each)) for each in databases)
    )
    known = {
        snapshot.id: (database, snapshot)
        for database, read in zip(databases, reads, strict=True)
        if not isinstance(read, Missing)
        for snapshot in read
    }
    found = known.get(params.snapshot) or known.get(params.snapshot.lower())
    if found is not None:
        return found
    for database, read in zip(databases, reads, strict=True):
        certain(f"{database.key}'s snapshots", read)
    close = suggest(params.snapshot, known)
    raise UserError(
        f"There is no snapshot {params.snapshot[:80]!r} that could be restored."
        + (f" Did you mean {close}?" if close else ""),
        hint=f"/filmops db restore {close}" if close else "/filmops db backups",
    )


async def _source(context: Context, database: Database) -> Instance:
    what = f"{database.key} itself"
    source = certain(what, await part(context.world.aws.instances.find(database.key)))
    if source is None:
        raise Refused(
            f"RDS has no {database.key} any more: its network is not known.",
            code=Reason.LIVE_STATE_UNKNOWN,
            hint="Restore by hand, with the groups it had: docs/operating.md.",
        )
    return source


async def _free(context: Context, name: str, snapshot: Snapshot) -> None:
    taken = certain(f"whether {name} is free", await part(context.world.aws.instances.find(name)))
    if taken is not None:
        raise UserError(
            f"There is an instance {name} already ({taken.status}): a restore is never in place.",
            hint=f"/filmops db restore {snapshot.id} as {name}-2",
        )


def _warnings(database: Database, name: str) -> tuple[str, ...]:
    costs = f"{name} costs what {database.key} does until somebody deletes it."
    if name.startswith(f"{database.key}-"):
        return (costs,)
    return (costs, f"Its name does not begin with {database.key}-: IAM must allow it by itself.")


def _network(network: Network) -> str:
    groups = ", ".join(network.security_groups)
    zones = "two zones" if network.multi_az else "one zone"
    return f"{network.subnet_group}; {groups}; {network.parameter_group}; {zones}"


def _steps(
    context: Context, database: Database, snapshot: Snapshot, name: str, network: Network
) -> tuple[StepSpec, ...]:
    args: Mapping[str, Any] = {
        "database": database.key,
        "snapshot": snapshot.id,
        "name": name,
        "network": {**asdict(network), "security_groups": list(network.security_groups)},
        "seconds": database.restore_seconds,
    }
    action, parameters = context.world.aws.instances.restore_call(
        snapshot.id, name, network=network, tags={"filmops": LATER}
    )
    call = Call(service="rds", action=action, parameters=parameters)
    return (
        StepSpec(name="db.restore.guard", title=f"See that {name} is still free", args=args),
        StepSpec(name="db.restore.make", title=f"Have {name} made of it", args=args, calls=(call,)),
        StepSpec(name="db.restore.ready", title=f"Wait until {name} is available", args=args),
        StepSpec(
            name="db.restore.verify",
            title=f"Compare its network and groups with {database.key}'s",
            args=args,
        ),
    )


OPERATION = Operation(
    name="db restore",
    summary="Restore a snapshot to a new database instance, never in place.",
    risk=Risk.CHANGE,
    params=RestoreParams,
    examples=(
        "db restore rds:prod-db-2026-11-24-03-10 as prod-db-restored",
        "db restore filmops-prod-db-r12 as prod-db-look looking for the lost films",
    ),
    plan=plan,
    steps={
        "db.restore.guard": StepCode(act=guard),
        "db.restore.make": StepCode(act=make, done=made),
        "db.restore.ready": StepCode(act=ready),
        "db.restore.verify": StepCode(act=verify),
    },
    heedless=True,
    needs=("databases.snapshots", "instances.find", "instances.restore"),
)
