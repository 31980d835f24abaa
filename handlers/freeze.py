"""`/filmops freeze SERVICE|all REASON… [--for 4h]`: nobody changes this for a while."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from blocks.locks import taken
from bot.domain.lock import LockKind
from bot.domain.message import Message
from bot.engine.holding import ALL, HeldFor, take
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk


class FreezeParams(Params):
    """What (a service or all), why and how long."""

    service: str = Field(json_schema_extra={"names": "services", "also": [ALL]})
    reason: str = Field(min_length=1, max_length=500, json_schema_extra={"rest": True})
    for_: HeldFor = Field(default=timedelta(hours=4), json_schema_extra={"option": True})


async def answer(context: Context, params: FreezeParams) -> Message:
    """Freeze it and say so. Raises Refused when it is frozen already."""
    return taken(await take(context, LockKind.FREEZE, params.service, params.reason, params.for_))


OPERATION = Operation(
    name="freeze",
    summary="Keep everybody from changing a service, or all, for a while (not from rolling back).",
    risk=Risk.LOW,
    params=FreezeParams,
    examples=("freeze all premiere tonight --for 1d", "freeze backend load test"),
    answer=answer,
)
