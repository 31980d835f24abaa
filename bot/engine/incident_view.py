"""An incident with all that its card shows, gathered; and a list of them.

Before: the publisher, or somebody asks for it. After: `blocks` draws it. All of it is the store's:
a card is drawn though AWS and PagerDuty are away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain.climb import next_page
from bot.domain.incident import Incident
from bot.domain.live import OpenIncident
from bot.domain.request import Request, RequestState
from bot.domain.run import ChangeLogEntry, Run
from bot.domain.view import IncidentLine, IncidentView
from bot.engine.world import World

LOOK_BACK = timedelta(hours=1)
"""What changed so long before it began is shown beside it."""

MOST_CHANGES = 20


async def incident_view(world: World, incident: Incident) -> IncidentView:
    """Everything about it, as it is now. Raises Temporary."""
    store, topology = world.store, world.topology
    since = incident.opened_at - LOOK_BACK
    escalations, timeline, (changes, runs, requests) = await asyncio.gather(
        store.incidents.escalations(incident.id),
        store.incidents.timeline(incident.id),
        _of_service(world, incident.service, since),
    )
    return IncidentView(
        incident=incident,
        escalations=escalations,
        timeline=timeline,
        levels=tuple(level.name for level in topology.escalation.levels),
        ladder=topology.escalation.ladder(incident.severity),
        known_service=incident.service in topology.services,
        looked_back=since,
        changes=changes,
        runs=runs,
        requests=requests,
        now=world.clock.now(),
    )


async def listed(world: World, incidents: Iterable[Incident]) -> tuple[IncidentLine, ...]:
    """Each with the page that comes next."""
    chosen = tuple(incidents)
    climbs = await asyncio.gather(*(world.store.incidents.escalations(i.id) for i in chosen))
    return tuple(
        IncidentLine(incident=incident, next_page=next_page(climb))
        for incident, climb in zip(chosen, climbs, strict=True)
    )


def not_ours(there: Iterable[OpenIncident], ours: Iterable[Incident]) -> tuple[OpenIncident, ...]:
    """Those at PagerDuty that are no page of ours: a page's title begins with the incident's
    severity and name (bot.engine.paging).
    """
    names = [f"] {incident.name} " for incident in ours]
    return tuple(one for one in there if not any(name in one.title for name in names))


async def _of_service(
    world: World, service: str, since: datetime
) -> tuple[tuple[ChangeLogEntry, ...], tuple[Run, ...], tuple[Request, ...]]:
    known = world.topology.services.get(service)
    if known is None:
        return (), (), ()
    store, resource = world.store, known.resource
    changes, runs, requests = await asyncio.gather(
        store.runs.changes(resource=resource, limit=MOST_CHANGES),
        store.runs.open(),
        store.requests.waiting(),
    )
    return (
        tuple(change for change in changes if change.at >= since),
        tuple(run for run in runs if run.resource == resource),
        tuple(
            request
            for request in requests
            if request.plan.resource == resource and request.state is RequestState.PLANNED
        ),
    )
