"""`/filmops show R42`: everything about one request, its exact calls and its journal."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated

from pydantic import BeforeValidator

from blocks.show import show
from bot.domain.message import Message
from bot.domain.reasons import Reason
from bot.domain.view import RequestView
from bot.engine.operation import Context, Operation, Params
from bot.errors import Refused
from bot.topology import Risk


def request_number(word: object) -> int:
    """`R42`, `r42` or `42`; raises ValueError for anything else."""
    match = re.fullmatch(r"[rR]?(\d{1,9})", str(word).strip(), re.ASCII)
    if match is None:
        raise ValueError("a request is named like R42")
    return int(match.group(1))


class ShowParams(Params):
    """Which request."""

    request: Annotated[int, BeforeValidator(request_number)]


async def answer(context: Context, params: ShowParams) -> Message:
    """Raises Refused for a number nobody has."""
    store = context.world.store
    request, run = await asyncio.gather(
        store.requests.get(params.request), store.runs.get(params.request)
    )
    if request is None:
        raise Refused(
            f"There is no request R{params.request}.",
            code=Reason.UNKNOWN_REQUEST,
            hint="/filmops operations",
        )
    approvers = context.topology.risks[request.risk].approve
    return show(RequestView(request=request, run=run, approvers=approvers, now=context.now))


OPERATION = Operation(
    name="show",
    summary="Show everything about one request: plan, exact calls, answers, journal.",
    risk=Risk.READ,
    params=ShowParams,
    examples=("show R42",),
    answer=answer,
)
