"""`/filmops unlock SERVICE`: my lock is no longer needed."""

from __future__ import annotations

from pydantic import Field

from blocks.locks import released
from bot.domain.lock import LockKind
from bot.domain.message import Message
from bot.engine.holding import release
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk


class UnlockParams(Params):
    """What."""

    service: str = Field(json_schema_extra={"names": "services"})


async def answer(context: Context, params: UnlockParams) -> Message:
    """End the lock. Raises Refused when there is none or it is somebody else's."""
    lock = await release(context, LockKind.LOCK, params.service)
    return released(lock, by=context.asking.actor)


OPERATION = Operation(
    name="unlock",
    summary="End a lock: its owner may, and whoever may approve dangerous operations.",
    risk=Risk.LOW,
    params=UnlockParams,
    examples=("unlock backend",),
    answer=answer,
)
