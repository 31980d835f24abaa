"""`/filmops operations [SERVICE]`: who asked for what lately, and what it changed."""

from __future__ import annotations

import asyncio

from pydantic import Field

from blocks.history import history
from bot.domain.message import Message
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk

LIMIT = 20
"""How many of each are shown: a night's worth, and it fits one message."""


class OperationsParams(Params):
    """One service's, or everything's."""

    service: str | None = Field(default=None, json_schema_extra={"names": "services"})


async def answer(context: Context, params: OperationsParams) -> Message:
    """The newest requests with their runs, and the change log."""
    store, name = context.world.store, params.service
    resource = context.topology.services[name].resource if name is not None else None
    requests, runs, changes = await asyncio.gather(
        store.requests.recent(resource=resource, limit=LIMIT),
        store.runs.recent(resource=resource, limit=LIMIT),
        store.runs.changes(resource=resource, limit=LIMIT),
    )
    return history(requests, runs, changes, name or "everything")


OPERATION = Operation(
    name="operations",
    summary="Show the latest requests, runs and changes.",
    risk=Risk.READ,
    params=OperationsParams,
    examples=("operations", "operations backend"),
    answer=answer,
)
