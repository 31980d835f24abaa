"""`/filmops escalation show [I7]`: the ladders, or how far one incident has climbed."""

from __future__ import annotations

from blocks.escalation import climbs, ladders
from bot.domain.message import Message
from bot.engine.incidents import existing
from bot.engine.kinds import IncidentNumber
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk


class ShowParams(Params):
    """One incident, or the topology's ladders."""

    incident: IncidentNumber | None = None


async def answer(context: Context, params: ShowParams) -> Message:
    """Raises Refused for an incident nobody has."""
    if params.incident is None:
        return ladders(context.topology.escalation)
    incident = await existing(context.world, params.incident)
    climbed = await context.world.store.incidents.escalations(incident.id)
    return climbs(incident, climbed, context.now)


OPERATION = Operation(
    name="escalation show",
    summary="Show each severity's ladder, or every climb and page of one incident.",
    risk=Risk.READ,
    params=ShowParams,
    examples=("escalation show", "escalation show I7"),
    answer=answer,
)
