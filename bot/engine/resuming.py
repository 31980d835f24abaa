"""What comes when an incident's waiting is over: another climb, a question, or the banner.

One instant an incident (`resume_at`) says when, one word (`resume_why`) what for. Each move is
made only if that instant is still the one that was read: of two schedulers one makes it.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from bot.domain.audit import Entry
from bot.domain.incident import Happening, Incident, IncidentState, Why
from bot.domain.timeline import FILMOPS, named
from bot.engine.drill import conclude
from bot.engine.incidents import climb_again
from bot.engine.world import World
from bot.errors import FilmOpsError

log = logging.getLogger("filmops.resuming")

SAID = {
    Why.REPEAT: "Nobody has answered the whole ladder: it is climbed again.",
    Why.SNOOZE: "The snooze is over and nobody has acknowledged it: the ladder is climbed.",
    Why.MAINTENANCE: "The maintenance window is over and it is still open: the ladder is climbed.",
    Why.SILENCE: "No word of progress: it counts as unacknowledged, and the ladder is climbed.",
}


async def resume(world: World) -> int:
    """Move every incident whose waiting is over; how many were."""
    due = await world.store.incidents.waiting(world.clock.now())
    moved = [await _tried(world, incident) for incident in due]
    return sum(moved)


async def _tried(world: World, incident: Incident) -> bool:
    """Whether it was moved: one that cannot be must keep no other from it."""
    try:
        await _one(world, incident)
    except FilmOpsError as fault:
        log.warning("%s could not go on: %s", incident.name, fault.message)
    except Exception:
        log.exception("%s could not go on", incident.name)
    else:
        return True
    return False


async def _one(world: World, incident: Incident) -> None:
    why = incident.resume_why
    if incident.is_drill and why in (Why.PROMISE, Why.REPEAT):
        await conclude(world, incident)
    elif why is Why.PROMISE:
        await _ask(world, incident)
    elif why is Why.REPEAT and incident.repeats >= _repeats(world, incident):
        await _give_up(world, incident)
    elif why is not None:
        await climb_again(world, incident, why, SAID[why])


def _repeats(world: World, incident: Incident) -> int:
    return world.topology.escalation.ladder(incident.severity).repeats


async def _ask(world: World, incident: Incident) -> None:
    grace = world.topology.escalation.ladder(incident.severity).grace_minutes
    now = world.clock.now()
    who = named(incident.owner or incident.acked_by)
    text = (
        f"{who}, are you still on it? A note (/filmops incident note {incident.name} …) or the "
        f"Acknowledge button says yes; without a word in {grace:g} minutes the ladder is climbed."
    )
    await world.store.incidents.wait(
        incident.id,
        Why.SILENCE,
        now + timedelta(minutes=grace),
        note="",
        happening=Happening(at=now, kind="asked", actor=FILMOPS, text=text),
        entry=None,
        expected=incident.resume_at,
    )


async def _give_up(world: World, incident: Incident) -> None:
    if incident.resume_at is None or incident.state is not IncidentState.OPEN:
        return
    now = world.clock.now()
    climbs = incident.climbs + 1
    text = (
        f"UNOWNED: the ladder was climbed {climbs} times and nobody has acknowledged. Nobody is "
        f"paged any more. Take it: /filmops incident ack {incident.name}"
    )
    log.critical("%s is UNOWNED", incident.name)
    await world.store.incidents.give_up(
        incident.id,
        expected=incident.resume_at,
        happening=Happening(at=now, kind="unowned", actor=FILMOPS, text=text),
        entry=Entry(actor=FILMOPS, action="incident_unowned", subject=incident.name),
    )
