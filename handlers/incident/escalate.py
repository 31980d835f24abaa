"""`/filmops incident escalate I7`: page the next level now, without waiting for its time."""

from __future__ import annotations

from bot.domain.message import Message
from bot.engine.incidents import escalate
from bot.engine.kinds import IncidentNumber
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk


class EscalateParams(Params):
    """Which incident."""

    incident: IncidentNumber


async def answer(context: Context, params: EscalateParams) -> Message:
    """Due now. Raises Refused when somebody has it, or no level is left in this climb."""
    level = await escalate(context.world, params.incident, context.asking.actor)
    title = context.topology.escalation.levels[level - 1].name
    return context.world.voice.line(
        f"Level {level} ({title}) is paged now for I{params.incident}; its card says what comes of "
        "it."
    )


OPERATION = Operation(
    name="incident escalate",
    summary="Page the next level now.",
    risk=Risk.LOW,
    params=EscalateParams,
    examples=("incident escalate I7",),
    answer=answer,
)
