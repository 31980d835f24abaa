"""Twin of the incidents: how one begins, and all that is read of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.adapters.memory.climbs import begin, keep_incident, tell
from bot.adapters.memory.deeds import MemoryDeeds
from bot.adapters.memory.tables import CardRow
from bot.adapters.stored import clean
from bot.domain.audit import Entry
from bot.domain.climb import Climb
from bot.domain.incident import Escalation, Happening, Incident, IncidentState, Why
from bot.domain.timeline import opened
from bot.ports import Card, Opened
from bot.topology import Severity


class MemoryIncidents(MemoryDeeds):
    """bot.ports.Incidents."""

    async def open(
        self, incident: Incident, climb: Climb, *, channel: str, entry: Entry, now: datetime
    ) -> Opened:
        """Store it and begin the climb, or count one alert more on its unresolved twin."""
        tables = self._tables
        twin = await self.of_fingerprint(clean(incident.fingerprint))
        if twin is not None:
            return Opened(
                incident=self._keep(twin, alerts=twin.alerts + 1, alerted_at=now), new=False
            )
        number = len(tables.incidents) + 1
        tables.append(entry, now, detail={"incident": f"I{number}"})
        parent = self._open_parent(incident.parent)
        stored = _as_stored(incident, climb, number, parent)
        tables.incidents[number] = stored
        if climb.over_at is None:
            tables.silent.add(number)
        card = Card(subject=stored.name, channel=clean(channel), wanted=1, shown=0)
        tables.cards[stored.name] = CardRow(card=card, changed=next(tables.order))
        if parent is not None:
            keep_incident(tables, replace(parent, children=parent.children + 1))
        elif incident.resume_at is None:
            begin(tables, number, climb, Why.OPENED, now)
        tell(tables, number, opened(stored, now))
        return Opened(incident=stored, new=True)

    async def get(self, incident_id: int) -> Incident | None:
        """One incident."""
        return self._found(incident_id)

    async def several(self, ids: Collection[int]) -> Mapping[int, Incident]:
        """Those of them that there are, by number."""
        found = [self._found(number) for number in ids]
        return {incident.id: incident for incident in found if incident is not None}

    async def of_fingerprint(self, fingerprint: str) -> Incident | None:
        """The unresolved one."""
        return next((i for i in await self.unresolved() if i.fingerprint == fingerprint), None)

    async def unresolved(self, *, begins: str = "", why: Why | None = None) -> tuple[Incident, ...]:
        """Oldest first: all, or those whose fingerprint begins so, or that wait for `why`."""
        return tuple(
            one
            for one in self._tables.incidents.values()
            if one.state is not IncidentState.RESOLVED
            and one.fingerprint.startswith(begins)
            and why in (None, one.resume_why)
        )

    async def tally(self) -> Mapping[tuple[Severity, IncidentState], int]:
        """How many are unresolved, by severity and state."""
        return Counter((one.severity, one.state) for one in await self.unresolved())

    async def recent(
        self, *, service: str | None = None, since: datetime | None = None, limit: int = 20
    ) -> tuple[Incident, ...]:
        """The newest first."""
        found = [
            one
            for one in reversed(self._tables.incidents.values())
            if (service is None or one.service == service)
            and (since is None or one.opened_at >= since)
        ]
        return tuple(found[:limit])

    async def children(self, incident_id: int) -> tuple[Incident, ...]:
        """A storm's, oldest first."""
        everything = self._tables.incidents.values()
        return tuple(one for one in everything if one.parent == incident_id)

    async def resolved(
        self, *, severities: Sequence[Severity], since: datetime, until: datetime
    ) -> tuple[Incident, ...]:
        """Those of these severities whose end lies in that time, in order."""
        found = [
            (one.resolved_at, one.id)
            for one in self._tables.incidents.values()
            if one.severity in severities
            and one.resolved_at is not None
            and since <= one.resolved_at <= until
        ]
        return tuple(self._tables.incidents[number] for _, number in sorted(found))

    async def waiting(self, now: datetime, *, limit: int = 50) -> tuple[Incident, ...]:
        """Those whose `resume_at` has come, the longest overdue first."""
        due = [
            (one.resume_at, one.id)
            for one in self._tables.incidents.values()
            if one.resume_at is not None and one.resume_at <= now
        ]
        return tuple(self._tables.incidents[number] for _, number in sorted(due)[:limit])

    async def timeline(self, incident_id: int) -> tuple[Happening, ...]:
        """All that happened, in order."""
        return tuple(line for of, line in self._tables.happenings if of == incident_id)

    async def escalations(self, incident_id: int) -> tuple[Escalation, ...]:
        """Its climbs with their pages, in order."""
        pages = sorted(
            (row.page for row in self._tables.pages.values()), key=lambda page: page.level
        )
        return tuple(
            replace(one, pages=tuple(page for page in pages if page.escalation == one.id))
            for one in self._tables.escalations.values()
            if one.incident == incident_id
        )

    async def touch(self, now: datetime) -> int:
        """Have the cards of incidents with a countdown drawn anew; how many."""
        counting = [
            one.name
            for one in reversed(self._tables.incidents.values())
            if one.state is IncidentState.OPEN
            and one.parent is None
            and one.resume_at is not None
            and one.resume_at > now
        ][:10]
        for name in counting:
            self._tables.want(name)
        return len(counting)

    def _open_parent(self, parent: int | None) -> Incident | None:
        """The parent while it is unresolved and nobody's child; else None."""
        found = None if parent is None else self._found(parent)
        if found is None or found.state is IncidentState.RESOLVED or found.parent is not None:
            return None
        return found


def _as_stored(incident: Incident, climb: Climb, number: int, parent: Incident | None) -> Incident:
    """What a new row holds: nothing of what only happens later."""
    waits, why = incident.resume_at, incident.resume_why
    if waits is None and climb.over_at is not None:
        waits, why = climb.over_at, Why.REPEAT
    if parent is not None:
        waits = None
    return Incident(
        id=number,
        title=clean(incident.title),
        severity=incident.severity,
        source=incident.source,
        fingerprint=clean(incident.fingerprint),
        service=clean(incident.service),
        opened_at=incident.opened_at,
        opened_by=clean(incident.opened_by),
        owner=clean(incident.owner),
        parent=None if parent is None else parent.id,
        resume_at=waits,
        resume_why=None if waits is None else why,
        resume_note=clean(incident.resume_note),
    )
