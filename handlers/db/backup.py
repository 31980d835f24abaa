"""`/filmops db backup [DATABASE]`: a manual snapshot (runbook, *Manual Backup*), seen to be there.

Nothing of the database changes, so neither locks nor freezes stop it: one may want it just then.
"""

from __future__ import annotations

from pydantic import Field

from bot.domain.certain import certain
from bot.domain.plan import Change, Plan, StepSpec
from bot.engine.known import only_database
from bot.engine.look import part
from bot.engine.operation import Context, Operation, Params
from bot.engine.saving import NEEDS as SAVE
from bot.engine.saving import saved, snapshot_call
from bot.engine.step import Outcome, StepCode, Work
from bot.topology import Risk

_SAVED = ("available", "storage-optimization", "backing-up")
"""RDS takes a snapshot in these states; while it backs up it is asked again."""


class BackupParams(Params):
    """Of which database, and why."""

    database: str | None = Field(default=None, json_schema_extra={"names": "databases"})
    reason: str = Field(default="", max_length=500, json_schema_extra={"rest": True})


async def plan(context: Context, params: BackupParams) -> Plan:
    """One call. Raises Refused when the database's state is not known."""
    database = only_database(context.topology, params.database, command="db backup")
    databases = context.world.aws.databases
    state = certain(f"{database.key}'s state", await part(databases.state(database)))
    known = certain(f"{database.key}'s snapshots", await part(databases.snapshots(database)))
    newest = f"{known[0].id}, {known[0].created_at:%Y-%m-%d %H:%M} UTC" if known else "none"
    step = StepSpec(
        name="db.backup.take",
        title=f"Take a snapshot of {database.key}, and wait until it is available",
        args={"database": database.key},
        calls=(snapshot_call(database.key),),
    )
    return Plan(
        operation="db backup",
        resource=f"database/{database.key}",
        summary=f"Take a manual snapshot of {database.key}. It goes on serving meanwhile.",
        steps=(step,),
        changes=(Change(subject="newest snapshot", before=newest, after="of this run"),),
        evidence=(f"{state.engine} on {state.instance_class}: {state.status}",),
        warnings=()
        if state.status in _SAVED
        else (f"{database.key} is {state.status}: RDS may not take a snapshot now.",),
    )


async def _take(work: Work) -> Outcome:
    return await saved(work, str(work.args["database"]))


OPERATION = Operation(
    name="db backup",
    summary="Take a snapshot of a database, and see that it is there.",
    risk=Risk.CHANGE,
    params=BackupParams,
    examples=("db backup", "db backup prod-db before the premiere"),
    plan=plan,
    steps={"db.backup.take": StepCode(act=_take)},
    heedless=True,
    needs=("databases.state", *SAVE),
)
