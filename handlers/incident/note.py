"""`/filmops incident note I7 WORDS…`: a line for the timeline, and a sign of life."""

from __future__ import annotations

from pydantic import Field

from bot.domain.message import Message
from bot.engine.incidents import note
from bot.engine.kinds import IncidentNumber
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk


class NoteParams(Params):
    """Which, and what."""

    incident: IncidentNumber
    text: str = Field(min_length=1, max_length=1000, json_schema_extra={"rest": True})


async def answer(context: Context, params: NoteParams) -> Message:
    """Written down. Raises Refused for a number nobody has."""
    done = await note(context.world, params.incident, context.asking.actor, params.text)
    return context.world.voice.line(f"It is in the timeline of {done.name} and in its thread.")


OPERATION = Operation(
    name="incident note",
    summary="Write a line into an incident's timeline; it counts as progress.",
    risk=Risk.LOW,
    params=NoteParams,
    examples=("incident note I7 the certificate of the login service has expired",),
    answer=answer,
)
