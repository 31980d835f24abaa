"""What people and machines do to incidents: acknowledge, resolve, snooze, and the rest.

Before it: handlers, hooks, the break-glass commands, PagerDuty's own news (they are opened in
`bot.engine.opening`). After it: the store, where each deed is one transaction; the pages that
follow are `bot.engine.paging`'s.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.audit import Entry
from bot.domain.climb import climb, climb_from
from bot.domain.incident import (
    Happening,
    Incident,
    IncidentState,
    Page,
    Why,
)
from bot.domain.reasons import Reason
from bot.domain.timeline import FILMOPS, named, quoted
from bot.engine.world import World
from bot.errors import Refused
from bot.topology import Severity


async def acknowledge(
    world: World, incident_id: int, by: str, *, via: str, text: str = ""
) -> Incident:
    """Somebody takes it. From those who have it already it is a word that they are still on it.

    Raises Refused when it is not open (with who has it).
    """
    now = world.clock.now()
    found = await existing(world, incident_id)
    promise = world.topology.escalation.ladder(found.severity).promise_minutes
    # A drill asks for an answer and for nothing after it: it is concluded at once.
    until = now if found.is_drill else now + timedelta(minutes=promise)
    said = f"Acknowledged by {named(by)} ({via}). {quoted(text)}".strip()
    done = await world.store.incidents.acknowledge(
        incident_id,
        via=via,
        until=until,
        happening=Happening(at=now, kind="acknowledged", actor=by, text=said),
        entry=entry_of(by, "incident_acknowledged", found, via=via),
    )
    if done is not None:
        return done
    found = await existing(world, incident_id)
    if found.state is not IncidentState.ACKNOWLEDGED or by not in (found.acked_by, found.owner):
        raise not_open(found)
    return await note(world, incident_id, by, text) if text else await progress(world, found)


async def resolve(world: World, incident_id: int, by: str, *, via: str, text: str = "") -> Incident:
    """It is over. Raises Refused when it was resolved already."""
    now = world.clock.now()
    found = await existing(world, incident_id)
    said = f"Resolved by {named(by)} ({via}). {quoted(text)}".strip()
    done = await world.store.incidents.resolve(
        incident_id,
        happening=Happening(at=now, kind="resolved", actor=by, text=said),
        entry=entry_of(by, "incident_resolved", found, via=via),
    )
    if done is None:
        raise not_open(await existing(world, incident_id))
    return done


async def escalate(world: World, incident_id: int, by: str) -> int:
    """Page the next level now; which. Raises Refused when there is none left to page."""
    now = world.clock.now()
    found = await existing(world, incident_id)
    if found.state is not IncidentState.OPEN:
        raise not_open(found)
    level = await world.store.pages.hasten(
        incident_id,
        Happening(
            at=now,
            kind="escalated",
            actor=by,
            text=f"{named(by)} asked for the next level now, without waiting.",
        ),
        entry_of(by, "incident_escalated", found),
    )
    if level is None:
        raise Refused(
            f"{found.name} has no further level to page in this climb.",
            code=Reason.NOTHING_TO_DO,
            hint=f"/filmops escalation show {found.name}",
        )
    return level


async def snooze(
    world: World, incident_id: int, by: str, *, until: datetime, reason: str
) -> Incident:
    """Keep an open incident quiet until then. Raises Refused when it is not open."""
    now = world.clock.now()
    found = await existing(world, incident_id)
    text = f"Snoozed by {named(by)} until {until:%Y-%m-%d %H:%M} UTC: {quoted(reason)}"
    done = await world.store.incidents.wait(
        incident_id,
        Why.SNOOZE,
        until,
        note=reason,
        happening=Happening(at=now, kind="snoozed", actor=by, text=text),
        entry=entry_of(by, "incident_snoozed", found, until=f"{until:%Y-%m-%dT%H:%M:%SZ}"),
    )
    if done is None:
        raise not_open(await existing(world, incident_id))
    return done


async def rate(world: World, incident_id: int, by: str, severity: Severity) -> Incident:
    """Another severity, and with it another ladder, counted from the incident's beginning.

    Levels this climb has paged already are not paged again for it.
    """
    now = world.clock.now()
    found = await existing(world, incident_id)
    if found.severity is severity:
        raise Refused(f"{found.name} is {severity} already.", code=Reason.NOTHING_TO_DO)
    text = f"{named(by)} made it {severity} (it was {found.severity})."
    happening = Happening(at=now, kind="severity", actor=by, text=text)
    entry = entry_of(by, "incident_rated", found, severity=severity, was=found.severity)
    store = world.store.incidents
    if found.state is IncidentState.ACKNOWLEDGED:
        done = await store.rate(incident_id, severity, happening=happening, entry=entry)
    else:
        ladder = world.topology.escalation.ladder(severity)
        climbs = await store.escalations(incident_id)
        paged = {p.level for p in (climbs[-1].pages if climbs else ()) if p.state.paged}
        done = await store.climb(
            incident_id,
            climb(ladder, found.opened_at, paged=paged),
            Why.SEVERITY,
            expected=found.resume_at,
            happening=happening,
            entry=entry,
            severity=severity,
        )
    if done is None:
        raise not_open(await existing(world, incident_id))
    return done


async def assign(world: World, incident_id: int, by: str, owner: str) -> Incident:
    """Make it somebody's. Raises Refused when it is resolved."""
    now = world.clock.now()
    found = await existing(world, incident_id)
    text = f"{named(by)} gave it to {named(owner)}."
    done = await world.store.incidents.assign(
        incident_id,
        owner,
        happening=Happening(at=now, kind="assigned", actor=by, text=text),
        entry=entry_of(by, "incident_assigned", found, owner=owner),
    )
    if done is None:
        raise not_open(found)
    return await progress(world, done)


async def note(world: World, incident_id: int, by: str, text: str) -> Incident:
    """A line in the timeline; it counts as progress."""
    now = world.clock.now()
    found = await existing(world, incident_id)
    await world.store.incidents.tell(
        incident_id,
        Happening(at=now, kind="note", actor=by, text=f"{named(by)}: {quoted(text)}"),
        entry_of(by, "incident_note", found),
    )
    return await progress(world, await existing(world, incident_id))


async def progress(world: World, incident: Incident) -> Incident:
    """Evidence that somebody is at it: an acknowledgement's promise begins anew. As it is then."""
    if incident.resume_why not in (Why.PROMISE, Why.SILENCE):
        return incident
    promise = world.topology.escalation.ladder(incident.severity).promise_minutes
    until = world.clock.now() + timedelta(minutes=promise)
    done = await world.store.incidents.wait(
        incident.id, Why.PROMISE, until, note="", happening=None, entry=None
    )
    return incident if done is None else done


async def climb_again(
    world: World,
    incident: Incident,
    why: Why,
    text: str,
    *,
    ringing: Page | None = None,
    by: str = FILMOPS,
) -> Incident | None:
    """Begin the ladder anew, above a page that rings again by itself; None: somebody was faster."""
    now = world.clock.now()
    ladder = world.topology.escalation.ladder(incident.severity)
    return await world.store.incidents.climb(
        incident.id,
        climb_from(ladder, ringing.level, now) if ringing else climb(ladder, now),
        why,
        expected=incident.resume_at,
        happening=Happening(at=now, kind="climbing", actor=by, text=text),
        entry=entry_of(by, "incident_climbs", incident, why=why),
        ringing=ringing.key if ringing else "",
    )


async def existing(world: World, incident_id: int) -> Incident:
    """The incident. Raises Refused for a number nobody has."""
    found = await world.store.incidents.get(incident_id)
    if found is None:
        raise Refused(
            f"There is no incident I{incident_id}.",
            code=Reason.UNKNOWN_INCIDENT,
            hint="/filmops incident list",
        )
    return found


def not_open(incident: Incident) -> Refused:
    """Why nothing was done to an incident that is not open: who has it, or ended it, and since."""
    if incident.state is IncidentState.RESOLVED:
        text = f"{incident.name} was resolved by {named(incident.resolved_by)}"
        when = incident.resolved_at
    elif incident.state is IncidentState.ACKNOWLEDGED:
        text = f"{incident.name} was acknowledged by {named(incident.acked_by)}"
        when = incident.acked_at
    else:
        text, when = f"{incident.name} changed at the same moment", None
    at = f" at {when:%H:%M:%S} UTC" if when is not None else ""
    hint = f"/filmops incident show {incident.name}"
    return Refused(f"{text}{at}. Nothing was done.", code=Reason.ALREADY_DECIDED, hint=hint)


def entry_of(by: str, action: str, incident: Incident, **detail: object) -> Entry:
    """The audit row of a deed; an incident without a number yet goes by its fingerprint."""
    subject = incident.name if incident.id else incident.fingerprint
    return Entry(actor=by, action=action, subject=subject, detail=detail)
