"""What people answered at PagerDuty, on a phone or its page, brought home.

It comes three ways: a look at a page, a webhook, the sweep. Each says the same thing at most once,
because the store's compare-and-set decides.
"""

from __future__ import annotations

import logging

from bot.domain.incident import Incident, IncidentState, Page, Why
from bot.domain.pager import PagerIncident
from bot.engine.incidents import acknowledge, climb_again, resolve
from bot.engine.world import World
from bot.errors import Refused

log = logging.getLogger("filmops.answers")

VIA = "PagerDuty"


async def heard(world: World, incident_id: int, found: PagerIncident) -> None:
    """Do here what has been done there: an acknowledgement or a resolution."""
    incident = await world.store.incidents.get(incident_id)
    if incident is None or incident.state is IncidentState.RESOLVED:
        return
    who = person(world, email=found.acknowledged_by, name=found.acknowledged_by)
    if found.status == "acknowledged" and incident.state is IncidentState.OPEN:
        await acknowledged_there(world, incident_id, who)
    elif found.status == "resolved" and not found.merged:
        await resolved_there(world, incident_id, who)


async def acknowledged_there(world: World, incident_id: int, who: str) -> None:
    """Somebody took it there; late news of what is known here already is nothing."""
    try:
        await acknowledge(world, incident_id, who, via=VIA)
    except Refused as refusal:
        log.info("I%s: %s", incident_id, refusal.message)


async def resolved_there(world: World, incident_id: int, who: str) -> None:
    """Somebody ended it there."""
    try:
        await resolve(world, incident_id, who, via=VIA)
    except Refused as refusal:
        log.info("I%s: %s", incident_id, refusal.message)


async def ringing_again(world: World, incident: Incident, page: Page, text: str) -> None:
    """An acknowledgement was taken back there (or ran out), or the incident reopened: that page
    rings again by itself, and the climb goes on above its level: a storm's for its children.
    """
    above = None if incident.parent is None else await world.store.incidents.get(incident.parent)
    if above is not None and above.state is not IncidentState.RESOLVED:
        incident = above
    if incident.state is not IncidentState.OPEN:
        await climb_again(world, incident, Why.UNACKNOWLEDGED, text, ringing=page)


def person(world: World, *, email: str, name: str) -> str:
    """The Slack id of who PagerDuty means, or their name there."""
    address = email.strip().lower()
    for one in world.topology.people.values():
        if (address and one.email.lower() == address) or (name and one.name == name):
            return one.slack
    return name or email or "somebody at PagerDuty"
