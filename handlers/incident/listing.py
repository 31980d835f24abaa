"""`/filmops incident list [--all]`: what is open, the worst first."""

from __future__ import annotations

from pydantic import Field

from blocks.incidents import incident_list
from bot.domain.message import Message
from bot.engine.incident_view import listed
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk

MOST = 20


class ListParams(Params):
    """Open ones, or the newest whatever became of them."""

    all_: bool = Field(default=False, json_schema_extra={"option": True})


async def answer(context: Context, params: ListParams) -> Message:
    """One line each; a storm's others are counted in its own."""
    store = context.world.store.incidents
    if params.all_:
        found = list(await store.recent(limit=MOST))
    else:
        alone = [one for one in await store.unresolved() if one.parent is None]
        found = sorted(alone, key=lambda one: (one.severity, one.opened_at))
    return incident_list(
        await listed(context.world, found[:MOST]),
        context.topology.escalation,
        context.now,
        left=max(0, len(found) - MOST),
        recent=params.all_,
    )


OPERATION = Operation(
    name="incident list",
    summary="List open incidents with age, owner, and which level is paged next.",
    risk=Risk.READ,
    params=ListParams,
    examples=("incident list", "incident list --all"),
    answer=answer,
)
