"""What the last `/filmops db migrations` of a service found, as long as it still holds.

Before: the journal. After: `db downgrade`, which goes by nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.domain.reasons import Reason
from bot.domain.request import Request, RequestState
from bot.domain.run import Run, RunState
from bot.domain.schema import Revision, history
from bot.engine.operation import Context
from bot.errors import Refused
from handlers.db.target import Target

NAME = "db migrations"
STATUS = "db.migrations.status"
UNDO = "db.migrations.undo"

HOLDS = timedelta(hours=1)
"""How long what was seen may be agreed to."""

_CHANGERS = ("db migrate", "db downgrade", "deploy")
_RECENT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A downgrade that was looked at: between which revisions, and what it takes away."""

    run: str
    start: Revision
    to: str
    losses: tuple[str, ...]
    undone: tuple[Revision, ...]


async def seen(context: Context, found: Target, wanted: str) -> Seen:
    """Raises Refused when it was not looked at, too long ago, or something came between."""
    again = f"/filmops {NAME}" + ("" if wanted == "-1" else f" --to {wanted}")
    again += "" if found.service.key in again else f" --service {found.service.key}"
    looked = await _looked(context, found)
    if looked is None:
        raise Refused(
            "Nobody has looked within the last hour what going back would take away.",
            code=Reason.UNVERIFIED,
            hint=again,
        )
    results = {step.spec.name: step.result for step in looked.steps}
    undo, status = results[UNDO], results[STATUS]
    if "history" not in status:
        raise _no_way(looked, status)
    if status["image"] != found.image:
        version = str(status["image"]).rpartition(":")[2]
        raise Refused(
            f"{looked.name} looked by the code of {version}; it would be taken back by that of "
            f"{found.version}.",
            code=Reason.UNVERIFIED,
            hint=f"{again} --version {found.version}",
        )
    if undo["wanted"] != wanted:
        raise Refused(
            f"{looked.name} looked at another way back: {undo['said']}",
            code=Reason.UNVERIFIED,
            hint=f"{again} --version {found.version}",
        )
    if "losses" not in undo:
        raise _no_way(looked, undo)
    below = history(status["history"]).below()
    undone = [one.id for one in below]
    end = undone.index(undo["to"]) if undo["to"] in undone else len(undone)
    return Seen(
        run=looked.name,
        start=below[0],
        to=str(undo["to"]),
        losses=tuple(undo["losses"]),
        undone=below[:end],
    )


def _no_way(looked: Run, result: Mapping[str, Any]) -> Refused:
    return Refused(
        f"{looked.name}: {result['said']}",
        code=Reason.NO_WAY_BACK,
        hint=f"/filmops show {looked.name}",
    )


async def _looked(context: Context, found: Target) -> Run | None:
    """The last look that ended, if nothing that changes schemas was asked for since."""
    store, resource = context.world.store, found.service.resource
    for request in await store.requests.recent(resource=resource, limit=_RECENT):
        if request.operation in _CHANGERS and request.state is RequestState.STARTED:
            return None
        if request.operation == NAME:
            run = await store.runs.get(request.id)
            if run is None or run.state is not RunState.SUCCEEDED or _old(context, request):
                return None
            return run
    return None


def _old(context: Context, request: Request) -> bool:
    return context.now - request.asked_at > HOLDS
