"""A request for later that a run leaves: approved with the run, planned again when its time comes.

Before: a run's step that knows what is to be done after hours (a colour to retire, a scale to take
back, a class to look at). After: the store; the reconciler has it launched when it is due, however
long no scheduler was there, until `start_by`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.audit import Entry
from bot.domain.plan import Plan
from bot.domain.request import Request, RequestState
from bot.domain.timeline import FILMOPS
from bot.engine.world import World
from bot.topology import Risk


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """What is to be asked for. `params` and `words` are the operation's; it begins at `start`, or
    up to `grace` after it: workers may have been away.
    """

    run: int
    operation: str
    params: Mapping[str, Any]
    words: str
    plan: Plan
    start: datetime
    grace: timedelta
    reason: str


async def left(world: World, *, run: int, operation: str, resource: str) -> Request | None:
    """What a run has left already for that operation; None when it has not."""
    made = await world.store.requests.recent(resource=resource, limit=50)
    # By what nobody can type: a reason is anybody's words.
    keyed = (one for one in made if (one.operation, one.plan.pre_approved) == (operation, _by(run)))
    return next(keyed, None)


async def leave(world: World, later: Later) -> Request:
    """Open it, approved. Whoever asks twice looks with `left` first."""
    now, because = world.clock.now(), _by(later.run)
    asked = await world.store.requests.get(later.run)
    start_by = later.start + later.grace
    request = Request(
        operation=later.operation,
        params=later.params,
        words=later.words,
        actor=asked.actor if asked is not None else FILMOPS,
        channel=world.topology.studio.channel.removeprefix("#"),
        risk=Risk.CHANGE,
        plan=replace(later.plan, start_at=later.start, start_by=start_by, pre_approved=because),
        needed=0,
        asked_at=now,
        expires_at=start_by,
        reason=later.reason,
        state=RequestState.APPROVED,
    )
    detail = {
        "operation": later.operation,
        "resource": later.plan.resource,
        "plan": later.plan.hash,
        "pre_approved": because,
    }
    entry = Entry(actor=FILMOPS, action="request", subject=later.plan.resource, detail=detail)
    return await world.store.requests.open(request, entry)


def _by(run: int) -> str:
    return f"R{run} was approved with it."
