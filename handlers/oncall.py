"""`/filmops oncall`: who is on call on each level now (runbook, *Emergency Contacts*)."""

from __future__ import annotations

from blocks.oncall import oncall
from bot.domain.message import Message
from bot.engine.operation import Context, NoParams, Operation
from bot.topology import Risk


async def answer(context: Context, params: NoParams) -> Message:
    """As PagerDuty has it now, or a minute ago at most."""
    known = await context.world.roster.look()
    return oncall(known, context.topology, context.world.clock.now())


OPERATION = Operation(
    name="oncall",
    summary="Show who is on call on each level now, and what would keep a page from arriving.",
    risk=Risk.READ,
    examples=("oncall",),
    answer=answer,
)
