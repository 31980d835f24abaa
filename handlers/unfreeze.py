"""`/filmops unfreeze SERVICE|all [REASON…]`: it may be changed again."""

from __future__ import annotations

from pydantic import Field

from blocks.locks import released
from bot.domain.lock import LockKind
from bot.domain.message import Message
from bot.engine.holding import ALL, release
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk


class UnfreezeParams(Params):
    """What (a service or all) and why: a freeze without an end is ended with a reason."""

    service: str = Field(json_schema_extra={"names": "services", "also": [ALL]})
    reason: str = Field(default="", max_length=500, json_schema_extra={"rest": True})


async def answer(context: Context, params: UnfreezeParams) -> Message:
    """End the freeze. Raises Refused when there is none, it is somebody else's, or it has no end
    and no reason was given.
    """
    lock = await release(context, LockKind.FREEZE, params.service, params.reason)
    return released(lock, by=context.asking.actor, why=params.reason)


OPERATION = Operation(
    name="unfreeze",
    summary="End a freeze: its owner may, and whoever may approve dangerous operations.",
    risk=Risk.LOW,
    params=UnfreezeParams,
    examples=("unfreeze all", "unfreeze backend the fix is merged and tested"),
    answer=answer,
)
