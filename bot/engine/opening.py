"""From an alert to an incident: opened, counted to an open one, part of a storm, or held back.

Before it: people who declare, hooks, monitors of our own. After it: the store begins the climb,
and `bot.engine.paging` pages. What people then do is in `bot.engine.incidents`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.climb import Climb, climb, climb_from
from bot.domain.incident import Happening, Incident, IncidentState, Source, Why
from bot.domain.lock import LockKind
from bot.domain.timeline import FILMOPS, quoted
from bot.engine.incidents import acknowledge, entry_of
from bot.engine.world import World
from bot.errors import Refused
from bot.ports import Opened
from bot.topology import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Something is wrong. `paged_level` is the highest level PagerDuty has rung for it already;
    `detail` goes into the timeline.
    """

    title: str
    severity: Severity
    source: Source
    fingerprint: str
    by: str
    service: str = ""
    owner: str = ""
    paged_level: int = 0
    detail: Mapping[str, str] = field(default_factory=dict)


async def report(world: World, told: Report) -> Opened:
    """Open an incident, or count it to the one that is open for the same fingerprint.

    Many of one service in a short time become a storm: one parent with one ladder.
    """
    now = world.clock.now()
    parent = await _storm(world, told, now)
    incident = Incident(
        title=told.title,
        severity=told.severity,
        source=told.source,
        fingerprint=told.fingerprint,
        opened_at=now,
        opened_by=told.by,
        service=told.service,
        owner=told.owner,
        parent=parent,
    )
    held = await _maintenance(world, told, now)
    if held is not None:
        until, note = held
        incident = replace(incident, resume_at=until, resume_why=Why.MAINTENANCE, resume_note=note)
    opened = await _open(world, incident, now, paged_level=told.paged_level)
    if opened.new and parent is not None:
        await _share_answer(world, opened.incident, parent)
    if opened.new and told.detail:
        text = "; ".join(f"{name}: {value}" for name, value in told.detail.items() if value)
        line = Happening(at=now, kind="detail", actor=told.by, text=quoted(text)[:2000])
        await world.store.incidents.tell(opened.incident.id, line, None)
    return opened


async def _share_answer(world: World, child: Incident, parent_id: int) -> None:
    """Whoever has taken the storm has taken what comes to it later."""
    parent = await world.store.incidents.get(parent_id)
    if parent is not None and parent.state is IncidentState.ACKNOWLEDGED:
        with suppress(Refused):
            await acknowledge(world, child.id, parent.acked_by, via=f"with {parent.name}")


async def _open(
    world: World,
    incident: Incident,
    now: datetime,
    *,
    paged_level: int = 0,
    began: datetime | None = None,
) -> Opened:
    ladder = world.topology.escalation.ladder(incident.severity)
    beginning = began or now
    one: Climb = climb_from(ladder, paged_level, now) if paged_level else climb(ladder, beginning)
    return await world.store.incidents.open(
        incident,
        one,
        channel=world.topology.studio.channel.removeprefix("#"),
        entry=entry_of(incident.opened_by, "incident_opened", incident, title=incident.title),
        now=now,
    )


async def _storm(world: World, told: Report, now: datetime) -> int | None:
    """The storm this belongs to, gathered now if it is the one too many; None for no storm.

    The parent is opened before its children are folded into it: dying in between leaves too many
    ladders, never too few.
    """
    if not told.service or told.source in (Source.DRILL, Source.HAND):
        return None
    store, rule = world.store.incidents, world.topology.escalation.storm
    parent = await store.of_fingerprint(f"storm:{told.service}")
    if parent is not None:
        return parent.id
    since = now - timedelta(minutes=rule.minutes)
    recent = await store.recent(service=told.service, since=since, limit=rule.incidents * 4)
    alone = [
        one
        for one in recent
        if one.state is IncidentState.OPEN and one.parent is None and not one.is_drill
    ]
    known = any(one.fingerprint == told.fingerprint for one in alone)
    if known or len(alone) + 1 < rule.incidents:
        return None
    worst = min([told.severity, *(one.severity for one in alone)])
    opened = await _open(
        world,
        Incident(
            title=f"{len(alone) + 1} incidents of {told.service} in {rule.minutes:g} minutes",
            severity=worst,
            source=Source.STORM,
            fingerprint=f"storm:{told.service}",
            opened_at=now,
            opened_by=FILMOPS,
            service=told.service,
        ),
        now,
        began=min(one.opened_at for one in alone),
    )
    for one in alone:
        await store.fold(
            one.id,
            opened.incident.id,
            happening=Happening(
                at=now,
                kind="folded",
                actor=FILMOPS,
                text=f"Part of the storm {opened.incident.name} now, which pages for all of it.",
            ),
            entry=entry_of(FILMOPS, "incident_folded", one, parent=opened.incident.name),
        )
    return opened.incident.id


async def _maintenance(world: World, told: Report, now: datetime) -> tuple[datetime, str] | None:
    """Until when the service's maintenance holds pages back, and its words."""
    if told.source is Source.DRILL or not told.service or _declared(told):
        return None
    windows = [
        lock
        for lock in await world.store.locks.held(now)
        if lock.kind is LockKind.MAINTENANCE and lock.covers(f"service/{told.service}")
    ]
    if not windows:
        return None
    last = max(windows, key=lambda lock: lock.expires_at)
    return last.expires_at, last.reason


def _declared(told: Report) -> bool:
    """Somebody who says P1 by hand knows of the window, and wants people all the same."""
    return told.source is Source.HAND and told.severity is Severity.P1
