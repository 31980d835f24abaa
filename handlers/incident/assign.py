"""`/filmops incident assign I7 @PERSON`: it is theirs."""

from __future__ import annotations

from pydantic import Field

from bot.domain.incident import IncidentState
from bot.domain.message import Message
from bot.domain.timeline import named
from bot.engine.incidents import assign
from bot.engine.kinds import IncidentNumber
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk


class AssignParams(Params):
    """Which, and whose."""

    incident: IncidentNumber
    owner: str = Field(json_schema_extra={"names": "people"})


async def answer(context: Context, params: AssignParams) -> Message:
    """It has an owner; the ladder is stopped by an acknowledgement alone. Raises Refused when it
    is over.
    """
    done = await assign(context.world, params.incident, context.asking.actor, params.owner)
    still = (
        " Nobody has acknowledged it: its levels are paged until somebody does."
        if done.state is IncidentState.OPEN
        else ""
    )
    return context.world.voice.line(f"{done.name} is {named(done.owner)}'s now.{still}")


OPERATION = Operation(
    name="incident assign",
    summary="Give an incident to somebody.",
    risk=Risk.LOW,
    params=AssignParams,
    examples=("incident assign I7 @ben",),
    answer=answer,
)
