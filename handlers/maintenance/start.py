"""`/filmops maintenance start SERVICE 2h REASON…`: its alerts wait for the window's end."""

from __future__ import annotations

from pydantic import Field

from blocks.locks import taken
from bot.domain.lock import LockKind
from bot.domain.message import Message
from bot.engine.holding import WindowFor, take
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk


class StartParams(Params):
    """What, how long and why."""

    service: str = Field(json_schema_extra={"names": "services"})
    length: WindowFor
    reason: str = Field(min_length=1, max_length=500, json_schema_extra={"rest": True})


async def answer(context: Context, params: StartParams) -> Message:
    """Begin it and say so. Raises Refused while there is one."""
    return taken(
        await take(context, LockKind.MAINTENANCE, params.service, params.reason, params.length)
    )


OPERATION = Operation(
    name="maintenance start",
    summary="Hold back the pages of a service's alerts while you work on it.",
    risk=Risk.LOW,
    params=StartParams,
    examples=("maintenance start backend 2h new disks",),
    answer=answer,
)
