"""`/filmops db downgrade [REVISION]`: the schema taken back (runbook, *Rollback Migration*).

A danger: what the revisions added goes with all it holds. Nobody agrees to that unseen: it must
have been looked at by `db migrations`, whose list of what is lost is in the plan. A snapshot is
taken first, always. Locks and freezes do not stop it: it is part of going back.
"""

from __future__ import annotations

from pydantic import Field

from bot.domain.plan import Change, Plan
from bot.domain.reasons import Reason
from bot.engine.operation import Context, Operation
from bot.engine.step import StepCode
from bot.errors import Refused
from bot.topology import Risk
from handlers.db.changing import backup, changed, verified
from handlers.db.seen import Seen, seen
from handlers.db.target import NEEDS, NOT_KNOWN, Down, SchemaParams, Target, target


class DowngradeParams(SchemaParams):
    """Down to which revision (one step, if not said), and why."""

    revision: Down = "-1"
    reason: str = Field(default="", max_length=500, json_schema_extra={"rest": True})


async def plan(context: Context, params: DowngradeParams) -> Plan:
    """What would be lost, and how. Raises Refused when nobody has looked, or it is irreversible."""
    found = await target(context, params, command="db downgrade")
    back, ask = found.alembic("downgrade", params.revision), found.alembic("current")
    looked = await seen(context, found, params.revision)
    _same(found, looked)
    return Plan(
        operation="db downgrade",
        resource=found.service.resource,
        summary=f"Take the schema of {found.service.title} back from {looked.start.id} to "
        f"{looked.to}, by the code of {found.version}. What is lost only a restore brings back.",
        steps=(
            *found.backup("db.downgrade.backup", young_hours=0),
            # By its whole name: carried out twice it comes to the same, as `-1` would not.
            found.step(context, "db.downgrade.run", "Downgrade", (*back[:-1], looked.to)),
            found.step(context, "db.downgrade.verify", "See where it stands", ask),
        ),
        changes=(
            Change(subject="schema", before=looked.start.id, after=looked.to),
            *(
                Change(subject=one.id, before=one.message or "applied", after="undone")
                for one in looked.undone
            ),
        ),
        facts={**found.facts, "lost": "; ".join(looked.losses) or "nothing"},
        warnings=_lost(looked),
        offers=("/filmops db restore SNAPSHOT as NAME, should it turn out that it was needed.",),
    )


def _same(found: Target, looked: Seen) -> None:
    if found.revision not in (NOT_KNOWN, looked.start.id):
        raise Refused(
            f"The schema stands at {found.revision}; {looked.run} saw {looked.start.id}.",
            code=Reason.UNVERIFIED,
            hint="/filmops db migrations",
        )


def _lost(looked: Seen) -> tuple[str, ...]:
    if not looked.losses:
        return ("Its SQL drops nothing; rows that it rewrites are not given back.",)
    return tuple(f"LOST: {statement}" for statement in looked.losses)


OPERATION = Operation(
    name="db downgrade",
    summary="Take a schema back, having seen what is lost; two must agree.",
    risk=Risk.DANGER,
    params=DowngradeParams,
    examples=("db downgrade", "db downgrade 3f2a9c1b7d20 the new profile breaks exports"),
    also=("db migrate down",),
    plan=plan,
    steps={
        "db.downgrade.backup": StepCode(act=backup),
        "db.downgrade.run": StepCode(act=changed),
        "db.downgrade.verify": StepCode(act=verified),
    },
    heedless=True,
    needs=(*NEEDS, "snapshots.state", "snapshots.take"),
)
