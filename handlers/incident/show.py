"""`/filmops incident show I7`: state, timeline, who was paged when, what comes next."""

from __future__ import annotations

from blocks.incidents import incident_story
from bot.domain.message import Message
from bot.engine.incident_view import incident_view
from bot.engine.incidents import existing
from bot.engine.kinds import IncidentNumber
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk


class ShowParams(Params):
    """Which incident."""

    incident: IncidentNumber


async def answer(context: Context, params: ShowParams) -> Message:
    """Raises Refused for a number nobody has."""
    incident = await existing(context.world, params.incident)
    return incident_story(await incident_view(context.world, incident))


OPERATION = Operation(
    name="incident show",
    summary="Show everything about one incident: timeline, who was paged when, what comes next.",
    risk=Risk.READ,
    params=ShowParams,
    examples=("incident show I7",),
    answer=answer,
)
