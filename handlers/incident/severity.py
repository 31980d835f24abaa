"""`/filmops incident severity I7 P1`: it is worse, or less bad, than it seemed."""

from __future__ import annotations

from bot.domain.message import Message
from bot.engine.incidents import rate
from bot.engine.kinds import IncidentNumber, SeverityWord
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk


class SeverityParams(Params):
    """Which, and how bad."""

    incident: IncidentNumber
    severity: SeverityWord


async def answer(context: Context, params: SeverityParams) -> Message:
    """Another ladder, counted from the incident's beginning. Raises Refused when it is that bad
    already, or over.
    """
    done = await rate(context.world, params.incident, context.asking.actor, params.severity)
    title = context.topology.escalation.ladder(done.severity).title
    return context.world.voice.line(
        f"{done.name} is {done.severity} ({title}) now; its ladder counts from its beginning."
    )


OPERATION = Operation(
    name="incident severity",
    summary="Change how bad an incident is, and with it whom it pages when.",
    risk=Risk.LOW,
    params=SeverityParams,
    examples=("incident severity I7 P1",),
    answer=answer,
)
