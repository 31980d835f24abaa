"""`/filmops maintenance end SERVICE`: what its alerts opened pages now."""

from __future__ import annotations

from pydantic import Field

from blocks.locks import released
from bot.domain.lock import LockKind
from bot.domain.message import Message
from bot.engine.holding import release
from bot.engine.maintenance import let_go
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk


class EndParams(Params):
    """What."""

    service: str = Field(json_schema_extra={"names": "services"})


async def answer(context: Context, params: EndParams) -> Message:
    """End the window, then let go what it held. Raises Refused when there is none."""
    by = context.asking.actor
    lock = await release(context, LockKind.MAINTENANCE, params.service)
    climbing = await let_go(context.world, by=by)
    return released(lock, by=by, climbing=[incident.name for incident in climbing])


OPERATION = Operation(
    name="maintenance end",
    summary="End a maintenance window now: what its alerts opened, and is still open, pages.",
    risk=Risk.LOW,
    params=EndParams,
    examples=("maintenance end backend",),
    answer=answer,
)
