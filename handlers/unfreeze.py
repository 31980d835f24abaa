"""`/filmops unfreeze SERVICE|all`: it may be changed again."""

from __future__ import annotations

from pydantic import Field

from blocks.locks import released
from bot.domain.lock import LockKind
from bot.domain.message import Message
from bot.engine.holding import ALL, release
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk


class UnfreezeParams(Params):
    """What: a service or all."""

    service: str = Field(json_schema_extra={"names": "services", "also": [ALL]})


async def answer(context: Context, params: UnfreezeParams) -> Message:
    """End the freeze. Raises Refused when there is none or it is somebody else's."""
    lock = await release(context, LockKind.FREEZE, params.service)
    return released(lock, by=context.asking.actor)


OPERATION = Operation(
    name="unfreeze",
    summary="End a freeze: its owner may, and whoever may approve dangerous operations.",
    risk=Risk.LOW,
    params=UnfreezeParams,
    examples=("unfreeze all",),
    answer=answer,
)
