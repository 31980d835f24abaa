"""`/filmops incident snooze I7 30m REASON…`: known, and quiet until then."""

from __future__ import annotations

from pydantic import Field

from bot.domain.message import Message
from bot.engine.holding import HeldFor
from bot.engine.incidents import snooze
from bot.engine.kinds import IncidentNumber
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk


class SnoozeParams(Params):
    """Which, how long, and why: who looks at it later must know."""

    incident: IncidentNumber
    length: HeldFor
    reason: str = Field(min_length=1, max_length=500, json_schema_extra={"rest": True})


async def answer(context: Context, params: SnoozeParams) -> Message:
    """Nobody is paged until then. Raises Refused when it is not open."""
    until = context.now + params.length
    done = await snooze(
        context.world,
        params.incident,
        context.asking.actor,
        until=until,
        reason=params.reason,
    )
    return context.world.voice.line(
        f"{done.name} is quiet until {until:%Y-%m-%d %H:%M} UTC. Then its ladder is climbed from "
        "the first level, unless somebody has acknowledged it."
    )


OPERATION = Operation(
    name="incident snooze",
    summary="Keep an open incident from paging for a while; the reason is shown.",
    risk=Risk.LOW,
    params=SnoozeParams,
    examples=("incident snooze I7 30m waiting for AWS support",),
    answer=answer,
)
