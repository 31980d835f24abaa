"""`/filmops show R42`: everything about one request, its exact calls and its journal."""

from __future__ import annotations

import asyncio

from blocks.show import show
from bot.domain.message import Message
from bot.domain.reasons import Reason
from bot.domain.view import RequestView
from bot.engine.kinds import RequestNumber
from bot.engine.operation import Context, Operation, Params
from bot.errors import Refused
from bot.topology import Risk


class ShowParams(Params):
    """Which request."""

    request: RequestNumber


async def answer(context: Context, params: ShowParams) -> Message:
    """Raises Refused for a number nobody has."""
    store = context.world.store
    request, run, ticks = await asyncio.gather(
        store.requests.get(params.request),
        store.runs.get(params.request),
        store.ticks.of(f"R{params.request}"),
    )
    if request is None:
        raise Refused(
            f"There is no request R{params.request}.",
            code=Reason.UNKNOWN_REQUEST,
            hint="/filmops operations",
        )
    approvers = context.topology.risks[request.risk].approve
    return show(
        RequestView(request=request, run=run, approvers=approvers, now=context.now, ticks=ticks)
    )


OPERATION = Operation(
    name="show",
    summary="Show everything about one request: plan, exact calls, answers, journal.",
    risk=Risk.READ,
    params=ShowParams,
    examples=("show R42",),
    answer=answer,
)
