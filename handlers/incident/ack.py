"""`/filmops incident ack I7 [WORDS…]`: I have it; nobody else needs to be woken."""

from __future__ import annotations

from pydantic import Field

from bot.domain.incident import Incident
from bot.domain.message import Message
from bot.engine.incidents import acknowledge
from bot.engine.kinds import IncidentNumber
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk


class AckParams(Params):
    """Which, and a word for the timeline."""

    incident: IncidentNumber
    text: str = Field(default="", max_length=1000, json_schema_extra={"rest": True})


async def answer(context: Context, params: AckParams) -> Message:
    """It is theirs, or still theirs. Raises Refused when it is somebody else's, or over."""
    done = await acknowledge(
        context.world, params.incident, context.asking.actor, via="Slack", text=params.text
    )
    return context.world.voice.line(_said(done))


def _said(incident: Incident) -> str:
    others = f" and the {incident.children} incidents in it" if incident.children else ""
    if incident.resume_at is None:
        return f"You have {incident.name}{others}. Nobody else is paged for it."
    return (
        f"You have {incident.name}{others} until {incident.resume_at:%Y-%m-%d %H:%M} UTC. A note "
        f"(/filmops incident note {incident.name} …) prolongs it; without one you are asked then."
    )


OPERATION = Operation(
    name="incident ack",
    summary="Take an incident: the ladder stops. Again: you are still on it.",
    risk=Risk.LOW,
    params=AckParams,
    examples=("incident ack I7", "incident ack I7 looking at the login service"),
    answer=answer,
)
