"""`/filmops lock SERVICE REASON… [--for 1h]`: only I change this for a while."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from blocks.locks import taken
from bot.domain.lock import LockKind
from bot.domain.message import Message
from bot.engine.holding import HeldFor, take
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk


class LockParams(Params):
    """What, why and how long."""

    service: str = Field(json_schema_extra={"names": "services"})
    reason: str = Field(min_length=1, max_length=500, json_schema_extra={"rest": True})
    for_: HeldFor = Field(default=timedelta(hours=1), json_schema_extra={"option": True})


async def answer(context: Context, params: LockParams) -> Message:
    """Take it and say so. Raises Refused when somebody holds it."""
    return taken(await take(context, LockKind.LOCK, params.service, params.reason, params.for_))


OPERATION = Operation(
    name="lock",
    summary="Keep everybody else from changing a service for a while (not from rolling back).",
    risk=Risk.LOW,
    params=LockParams,
    examples=("lock backend debugging the login", "lock backend migration runs --for 2h"),
    answer=answer,
)
