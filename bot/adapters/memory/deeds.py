"""Twin of what people and time do to incidents."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.adapters.memory.climbs import begin, end, keep_incident, quiet, tell, unwish
from bot.adapters.memory.tables import Tables
from bot.adapters.stored import clean
from bot.domain.audit import Entry
from bot.domain.climb import Climb
from bot.domain.incident import Happening, Incident, IncidentState, Why, Wish
from bot.topology import Severity


class MemoryDeeds:
    """The deeds of bot.ports.Incidents."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def fold(
        self, incident_id: int, parent: int, *, happening: Happening, entry: Entry
    ) -> bool:
        """Put an open incident under an open parent, whose climb goes on for both."""
        found, above = self._found(incident_id), self._found(parent)
        if found is None or above is None or found.id == above.id:
            return False
        if not found.state == above.state == IncidentState.OPEN:
            return False
        if found.parent is not None or found.children or above.parent is not None:
            return False
        self._write(found, happening, entry)
        end(self._tables, (found.id,), "storm", happening.at)
        self._keep(found, parent=parent, unowned_at=None, **_NOTHING)
        self._keep(above, children=above.children + 1)
        return True

    async def acknowledge(
        self, incident_id: int, *, via: str, until: datetime, happening: Happening, entry: Entry
    ) -> Incident | None:
        """open → acknowledged with all its open children; None when it was not open."""
        found, now, by = self._found(incident_id), happening.at, clean(happening.actor)
        if found is None or found.state is not IncidentState.OPEN:
            return None
        family = [found, *(c for c in self._children(found) if c.state is IncidentState.OPEN)]
        self._write(found, happening, entry, children=family[1:])
        ids = [one.id for one in family]
        quiet(self._tables, ids, wish=Wish.ACKNOWLEDGE, by=by, why="acknowledged", now=now)
        for one in family:
            waits = {**_NOTHING}
            if one.parent is None:
                waits |= {"resume_at": until, "resume_why": Why.PROMISE}
            self._keep(
                one,
                state=IncidentState.ACKNOWLEDGED,
                acked_at=now,
                acked_by=by,
                acked_via=clean(via),
                owner=one.owner or by,
                unowned_at=None,
                **waits,
            )
        return self._found(incident_id)

    async def resolve(
        self, incident_id: int, *, happening: Happening, entry: Entry
    ) -> Incident | None:
        """→ resolved with all its children; None when it was."""
        found, now, by = self._found(incident_id), happening.at, clean(happening.actor)
        if found is None or found.state is IncidentState.RESOLVED:
            return None
        children = self._children(found)
        self._write(found, happening, entry, children=children)
        ids = [one.id for one in (found, *children)]
        quiet(self._tables, ids, wish=Wish.RESOLVE, by=by, why="resolved", now=now)
        for one in (found, *children):
            state = IncidentState.RESOLVED
            over = {"state": state, "resolved_at": now, "resolved_by": by, "unowned_at": None}
            self._keep(one, **over, **_NOTHING)
        return self._found(incident_id)

    async def climb(
        self,
        incident_id: int,
        climb: Climb,
        why: Why,
        *,
        expected: datetime | None,
        happening: Happening,
        entry: Entry,
        severity: Severity | None = None,
        ringing: str = "",
    ) -> Incident | None:
        """Begin another climb in place of the present one; None when it is not to be."""
        found = self._found(incident_id)
        if found is None or found.resume_at != expected or not self._may_climb(found, why):
            return None
        self._write(found, happening, entry)
        end(self._tables, (found.id,), why, happening.at)
        unwish(self._tables, found.id, ringing=ringing)
        if climb.over_at is None:
            self._tables.silent.add(found.id)
        else:
            self._tables.silent.discard(found.id)
        self._keep(
            found,
            state=IncidentState.OPEN,
            severity=severity or found.severity,
            resolved_at=None,
            resolved_by="",
            parent=None,
            climbs=found.climbs + 1,
            repeats=found.repeats + 1 if why is Why.REPEAT else 0,
            resume_at=climb.over_at,
            resume_why=None if climb.over_at is None else Why.REPEAT,
            resume_note="",
            unowned_at=None,
        )
        begin(self._tables, found.id, climb, why, happening.at)
        return self._found(incident_id)

    async def wait(
        self,
        incident_id: int,
        why: Why,
        until: datetime,
        *,
        note: str,
        happening: Happening | None,
        entry: Entry | None,
        expected: datetime | None = None,
    ) -> Incident | None:
        """Change what an unresolved incident waits for; a snooze ends the climb until then."""
        found = self._found(incident_id)
        needed = IncidentState.OPEN if why.holds else IncidentState.ACKNOWLEDGED
        if found is None or found.parent is not None or found.state is not needed:
            return None
        if expected is not None and found.resume_at != expected:
            return None
        self._write(found, happening, entry)
        if why.holds and happening is not None:
            by, now, ids = clean(happening.actor), happening.at, (found.id,)
            quiet(self._tables, ids, wish=Wish.ACKNOWLEDGE, by=by, why=why, now=now)
        waits = {"resume_at": until, "resume_why": why, "resume_note": clean(note)}
        return self._keep(found, unowned_at=None, **waits)

    async def give_up(
        self, incident_id: int, *, expected: datetime, happening: Happening, entry: Entry
    ) -> Incident | None:
        """UNOWNED: nobody answered the last repetition."""
        found = self._found(incident_id)
        if found is None or found.state is not IncidentState.OPEN or found.resume_at != expected:
            return None
        self._write(found, happening, entry)
        return self._keep(found, unowned_at=happening.at, **_NOTHING)

    async def rate(
        self, incident_id: int, severity: Severity, *, happening: Happening, entry: Entry
    ) -> Incident | None:
        """Another severity for an acknowledged incident."""
        found = self._found(incident_id)
        if found is None or found.state is not IncidentState.ACKNOWLEDGED:
            return None
        self._write(found, happening, entry)
        return self._keep(found, severity=severity)

    async def assign(
        self, incident_id: int, owner: str, *, happening: Happening, entry: Entry
    ) -> Incident | None:
        """Another owner; None when it is resolved or unknown."""
        found = self._found(incident_id)
        if found is None or found.state is IncidentState.RESOLVED:
            return None
        self._write(found, happening, entry)
        return self._keep(found, owner=clean(owner))

    async def tell(self, incident_id: int, happening: Happening, entry: Entry | None) -> bool:
        """A line more in the timeline; False when there is no such incident."""
        found = self._found(incident_id)
        if found is not None:
            self._write(found, happening, entry)
        return found is not None

    def _found(self, incident_id: int) -> Incident | None:
        return self._tables.incidents.get(incident_id)

    def _children(self, parent: Incident) -> list[Incident]:
        return [
            one
            for one in self._tables.incidents.values()
            if one.parent == parent.id and one.state is not IncidentState.RESOLVED
        ]

    def _keep(self, incident: Incident, **changes: Any) -> Incident:
        return keep_incident(self._tables, replace(incident, **changes))

    def _write(
        self,
        incident: Incident,
        happening: Happening | None,
        entry: Entry | None,
        *,
        children: list[Incident] | None = None,
    ) -> None:
        """The audit row first, since it alone may fail; then the lines."""
        if happening is None:
            return
        if entry is not None:
            self._tables.append(entry, happening.at, detail={"incident": incident.name})
        for child in children or ():
            tell(self._tables, child.id, happening, thread=False)
        tell(self._tables, incident.id, happening)

    def _may_climb(self, found: Incident, why: Why) -> bool:
        """As the real store judges it: see bot.adapters.postgres.deeds."""
        if found.state is IncidentState.RESOLVED:
            heirs = [
                one
                for one in self._tables.incidents.values()
                if one.fingerprint == found.fingerprint and one.state is not IncidentState.RESOLVED
            ]
            if why is not Why.UNACKNOWLEDGED or heirs:
                return False
        above = None if found.parent is None else self._found(found.parent)
        return above is None or above.state is IncidentState.RESOLVED


_NOTHING: dict[str, Any] = {"resume_at": None, "resume_why": None, "resume_note": ""}
"""It waits for nothing."""
