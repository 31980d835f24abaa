"""`/filmops incident resolve I7 [WORDS…]`: it is over."""

from __future__ import annotations

from pydantic import Field

from bot.domain.message import Message
from bot.engine.incidents import resolve
from bot.engine.kinds import IncidentNumber
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk


class ResolveParams(Params):
    """Which, and a word for the timeline."""

    incident: IncidentNumber
    text: str = Field(default="", max_length=1000, json_schema_extra={"rest": True})


async def answer(context: Context, params: ResolveParams) -> Message:
    """Over for everybody. Raises Refused when it was."""
    done = await resolve(
        context.world, params.incident, context.asking.actor, via="Slack", text=params.text
    )
    others = f" with the {done.children} incidents in it" if done.children else ""
    return context.world.voice.line(
        f"{done.name} is resolved{others}, and so are its pages at PagerDuty."
    )


OPERATION = Operation(
    name="incident resolve",
    summary="End an incident, at PagerDuty too.",
    risk=Risk.LOW,
    params=ResolveParams,
    examples=("incident resolve I7", "incident resolve I7 rolled back to v1.4.1"),
    answer=answer,
)
