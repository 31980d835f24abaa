"""Gathering an incident's report from the store, secrets taken out.

Before: `/filmops incident report`. After: `bot.domain.report_markdown` and `report_json`, which
write down what is gathered here and ask for nothing more.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.domain.incident import Escalation, Happening, Incident
from bot.domain.incident_report import BEFORE, IncidentReport
from bot.domain.run import ChangeLogEntry, Run
from bot.engine.dispatch import redact
from bot.engine.incidents import existing
from bot.engine.world import World

MOST = 500
"""Runs and changes that are looked through, newest first; beyond them the report says so."""


async def gather(world: World, incident_id: int) -> IncidentReport:
    """All that is known of it now. Raises Refused for a number nobody has."""
    incident = await existing(world, incident_id)
    resource = f"service/{incident.service}" if incident.service else None
    incidents, runs = world.store.incidents, world.store.runs
    timeline, climbs, children, changed, ran = await asyncio.gather(
        incidents.timeline(incident.id),
        incidents.escalations(incident.id),
        incidents.children(incident.id),
        runs.changes(resource=resource, limit=MOST),
        runs.recent(limit=MOST),
    )
    since = incident.opened_at - BEFORE
    topology = world.topology
    service = topology.services.get(incident.service)
    return IncidentReport(
        incident=_clean_incident(incident),
        service_title=service.title if service is not None else "",
        timeline=tuple(_clean_line(line) for line in timeline),
        escalations=tuple(_clean_climb(climb) for climb in climbs),
        changes=tuple(
            clean_change(one)
            for one in reversed(changed)
            if since <= one.at <= (incident.resolved_at or one.at)
        ),
        runs=tuple(_clean_run(run) for run in reversed(ran) if _is_during(run, incident)),
        children=tuple(_clean_incident(child) for child in children),
        levels=tuple(level.name for level in topology.escalation.levels),
        people={person.slack: person.name for person in topology.people.values()},
        timezone=topology.studio.timezone,
        made_at=world.clock.now(),
        cut=(len(changed) == MOST and changed[-1].at > since)
        or (len(ran) == MOST and ran[-1].started_at > incident.opened_at),
    )


def _is_during(run: Run, incident: Incident) -> bool:
    over = incident.resolved_at
    begun_in_time = over is None or run.started_at <= over
    return begun_in_time and (run.ended_at is None or run.ended_at >= incident.opened_at)


def _clean_incident(incident: Incident) -> Incident:
    return replace(incident, title=redact(incident.title))


def _clean_line(line: Happening) -> Happening:
    return replace(line, text=redact(line.text))


def _clean_climb(climb: Escalation) -> Escalation:
    return replace(climb, pages=tuple(replace(p, said=redact(p.said)) for p in climb.pages))


def clean_change(change: ChangeLogEntry) -> ChangeLogEntry:
    """Without what looks like a secret."""
    return replace(
        change,
        summary=redact(change.summary),
        before=redact(change.before),
        after=redact(change.after),
    )


def _clean_run(run: Run) -> Run:
    return replace(run, note=redact(run.note))
