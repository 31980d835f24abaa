"""`/filmops db migrate [REVISION]`: the schema brought up (runbook, *Apply Migration*).

A deployment does this by itself; this is for a schema that goes on alone. To the head it is the
migration's own command, whatever tool that is; anything else is alembic's.
"""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from bot.domain.calendar import frozen_by
from bot.domain.plan import Change, Plan, StepSpec
from bot.domain.schema import beside
from bot.engine.operation import Context, Operation
from bot.engine.saving import NEEDS as SAVE
from bot.engine.step import StepCode
from bot.topology import Risk
from handlers.db.changing import backup, changed, verified
from handlers.db.target import NEEDS, SchemaParams, Target, target

Up = Annotated[str, Field(pattern=r"^(heads?|\w*\d\w*)$")]
"""`head`, or an identifier: `+1` would bring another one up when it is carried out twice."""


class MigrateParams(SchemaParams):
    """Up to which revision, and why."""

    revision: Up = "head"
    reason: str = Field(default="", max_length=500, json_schema_extra={"rest": True})


async def plan(context: Context, params: MigrateParams) -> Plan:
    """What would be done. Raises Refused when the service has no migration of alembic's."""
    found = await target(context, params, command="db migrate")
    topology = context.topology
    own = params.revision == "head"
    up = found.migration.command if own else found.alembic("upgrade", params.revision)
    zone = ZoneInfo(topology.studio.timezone)
    frozen = frozen_by(topology.freezes, found.service.key, context.now, zone)
    return Plan(
        operation="db migrate",
        resource=found.service.resource,
        summary=f"Migrate the schema of {found.service.title} to {params.revision}, by the code of "
        f"{found.version}.",
        steps=(
            *found.backup("db.migrate.backup", young_hours=topology.deploy.backup_hours),
            found.step(context, "db.migrate.run", "Migrate", up),
            *_verify(context, found),
        ),
        changes=(Change(subject="schema", before=found.revision, after=params.revision),),
        facts=found.facts,
        warnings=("What serves goes on serving meanwhile: the old code must bear the new schema.",),
        offers=("/filmops db migrations shows where it stands, and what going back takes away.",),
        obstacles=() if frozen is None else (frozen,),
    )


def _verify(context: Context, found: Target) -> tuple[StepSpec, ...]:
    """Another tool than alembic cannot be asked."""
    ask = beside(found.migration.command, "current")
    if ask is None:
        return ()
    return (found.step(context, "db.migrate.verify", "See where it stands", ask),)


OPERATION = Operation(
    name="db migrate",
    summary="Bring a schema up, with a backup before, its output in the thread.",
    risk=Risk.CHANGE,
    params=MigrateParams,
    examples=("db migrate", "db migrate --version v1.4.3", "db migrate 8c41de7a0b95 new profile"),
    also=("db migrate up",),
    plan=plan,
    steps={
        "db.migrate.backup": StepCode(act=backup),
        "db.migrate.run": StepCode(act=changed),
        "db.migrate.verify": StepCode(act=verified),
    },
    needs=(*NEEDS, *SAVE),
)
