"""`/filmops db migrations`: where the schema stands, and what undoing it would take away.

Runbook, *Check current migration version*. Two one-off tasks that change nothing: alembic's history
from the database, and the SQL of a downgrade, written out instead of run. `db downgrade` goes by
what was found here, so that nobody agrees to a loss that nobody has seen. What could not be found
out is said and held against the downgrade, not against this: nobody is called for it.
"""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from bot.domain.plan import Plan
from bot.domain.schema import history, losses
from bot.engine.errand import Ended, carried
from bot.engine.operation import Context, Operation
from bot.engine.step import Done, Outcome, StepCode, Work
from bot.topology import Risk
from handlers.db.seen import NAME, STATUS, UNDO
from handlers.db.target import NEEDS, Down, SchemaParams, job, target

_FROM_TO = "FROM:TO"


class MigrationsParams(SchemaParams):
    """Of which service, by which version's code; `to` is the downgrade to look at."""

    to: Down = Field(default="-1", json_schema_extra={"option": True})


async def plan(context: Context, params: MigrationsParams) -> Plan:
    """Looks only. Raises Refused when the service has no migration of alembic's."""
    found = await target(context, params, command=NAME)
    ask = found.alembic("history", "--indicate-current")
    status = found.step(context, STATUS, "Ask where the schema stands", ask)
    undo = found.step(
        context,
        UNDO,
        f"Write out, without running it, what going back to {params.to} would do",
        found.alembic("downgrade", _FROM_TO, "--sql"),
    )
    return Plan(
        operation=NAME,
        resource=found.service.resource,
        summary=f"See where the schema of {found.service.title} stands by the code of "
        f"{found.version}, and what going back would take away. Nothing is changed.",
        steps=(status, replace(undo, args={**undo.args, "to": params.to})),
        facts={"image": found.image},
    )


async def _status(work: Work) -> Outcome:
    ended = await carried(work, job(work, "status"))
    if not isinstance(ended, Ended):
        return ended
    if ended.exit_code != 0:
        return Done(said=f"NOT KNOWN: the question {ended.how}")
    lines = [line for line in ended.lines if " -> " in line]
    found = history(lines)
    current = found.current
    stands = f"{current.id} ({current.message})" if current else "before the first revision"
    to_come = ", ".join(f"{one.id} ({one.message})" for one in reversed(found.pending()))
    return Done(
        said=f"The schema stands at {stands}; to come: {to_come or 'nothing'}.",
        detail={"history": lines, "image": work.args["image"]},
    )


async def _undo(work: Work) -> Outcome:
    """Which revision is meant is known by now; offline, alembic wants both ends named."""
    wanted = str(work.args["to"])
    found = history(work.results[STATUS].get("history", ()))
    to = found.back_to(wanted)
    if found.current is None or to is None:
        said = f"There is no going back to {wanted} from where it stands."
        return Done(said=said, detail={"wanted": wanted})
    ends = f"{found.current.id}:{to}"
    command = tuple(ends if word == _FROM_TO else word for word in work.args["command"])
    ended = await carried(work, replace(job(work, "undo"), command=command))
    if not isinstance(ended, Ended):
        return ended
    if ended.exit_code != 0:
        said = f"NOT KNOWN what going back to {to} would take away: it {ended.how}"
        return Done(said=said, detail={"wanted": wanted})
    lost = losses(ended.lines)
    takes = "; ".join(lost[:5]) + ("; …" if len(lost) > 5 else "") or "nothing"
    return Done(
        said=f"Going back to {to} would take away: {takes}.",
        detail={"wanted": wanted, "to": to, "losses": list(lost)},
    )


OPERATION = Operation(
    name=NAME,
    summary="See where a schema stands, and what going back would take away.",
    risk=Risk.LOW,
    params=MigrationsParams,
    examples=("db migrations", "db migrations --to base", "db migrations --version v1.4.3"),
    also=("db migrate status",),
    plan=plan,
    steps={STATUS: StepCode(act=_status), UNDO: StepCode(act=_undo)},
    heedless=True,
    needs=NEEDS,
)
