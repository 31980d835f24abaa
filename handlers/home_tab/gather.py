"""A person's Home tab, gathered: what waits for them, what is theirs, what runs.

Before: somebody opens the tab or presses Refresh. After: `blocks.home.home` draws it.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from bot.domain.live import Missing
from bot.domain.permission import may_approve, may_ask
from bot.domain.request import Request, RequestState
from bot.domain.view import HomeView
from bot.engine.incident_view import not_ours
from bot.engine.look import part
from bot.engine.world import World
from bot.topology import Risk

_LOOKED_THROUGH = 50
"""Newest requests among which a person's own are looked for."""
_MINE = 5


async def home(world: World, user: str, now: datetime) -> HomeView:
    """The view; empty without a role. Raises what the store raises; PagerDuty may be missing."""
    roles = await world.people.roles(user)
    if may_ask(world.topology, roles, Risk.READ) is not None:
        return HomeView(
            user=user,
            may_read=False,
            may_act=False,
            may_change=False,
            to_approve=(),
            mine=(),
            runs=(),
            incidents=(),
            ours=(),
            services=(),
            now=now,
        )
    return await _gathered(world, user, roles, now)


async def _gathered(world: World, user: str, roles: frozenset[str], now: datetime) -> HomeView:
    waiting, recent, runs, incidents, ours = await asyncio.gather(
        world.store.requests.waiting(),
        world.store.requests.recent(limit=_LOOKED_THROUGH),
        world.store.runs.open(),
        part(world.pager.incidents()),
        world.store.incidents.unresolved(),
    )
    return HomeView(
        user=user,
        may_read=True,
        may_act=may_ask(world.topology, roles, Risk.LOW) is None,
        may_change=may_ask(world.topology, roles, Risk.CHANGE) is None,
        to_approve=tuple(r for r in waiting if _may_decide(world, r, user, roles)),
        mine=tuple(request for request in recent if request.actor == user)[:_MINE],
        runs=runs,
        incidents=incidents if isinstance(incidents, Missing) else not_ours(incidents, ours),
        ours=tuple(sorted((i for i in ours if i.parent is None), key=lambda i: (i.severity, i.id))),
        services=tuple(world.topology.services),
        now=now,
    )


def _may_decide(world: World, request: Request, user: str, roles: frozenset[str]) -> bool:
    """Still undecided, permitted, and not answered by this person before."""
    obstacle = may_approve(world.topology, roles, request.risk, actor=user, requester=request.actor)
    answered = any(approval.actor == user for approval in request.approvals)
    return request.state is RequestState.PLANNED and obstacle is None and not answered
