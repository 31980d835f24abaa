"""Incidents: how one begins, and all that is read of them. What is done to them is in `deeds`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.adapters.postgres.audit import append
from bot.adapters.postgres.climbs import begin
from bot.adapters.postgres.deeds import PostgresDeeds
from bot.adapters.postgres.pool import Connection, connected, row, rows, run, transaction
from bot.adapters.postgres.timeline import tell
from bot.adapters.stored import ESCALATION, HAPPENING, INCIDENT, clean
from bot.domain.audit import Entry
from bot.domain.climb import Climb
from bot.domain.incident import Escalation, Happening, Incident, IncidentState, Why
from bot.domain.timeline import opened
from bot.ports import Opened
from bot.topology import Severity


class PostgresIncidents(PostgresDeeds):
    """bot.ports.Incidents."""

    async def open(
        self, incident: Incident, climb: Climb, *, channel: str, entry: Entry, now: datetime
    ) -> Opened:
        """Store it and begin the climb, or count one alert more on its unresolved twin."""
        async with transaction(self._pool) as connection:
            while True:
                # Before the parent is held: who folds holds parents before children.
                fingerprint = clean(incident.fingerprint)
                merged = await row(connection, "merge_alert", fingerprint=fingerprint, now=now)
                if merged is not None:
                    return Opened(incident=INCIDENT.validate_python(merged), new=False)
                parent = await _open_parent(connection, incident.parent)
                made = await row(connection, "insert_incident", **_columns(incident, climb, parent))
                if made is not None:
                    break
                # None: its twin was opened between the two statements.
            number = made["id"]
            await run(connection, "insert_card", subject=f"I{number}", channel=clean(channel))
            if parent is not None:
                await run(connection, "count_child", id=parent)
            elif incident.resume_at is None:
                await begin(connection, number, climb, Why.OPENED, now)
            await tell(connection, number, opened(incident, now))
            await append(connection, entry, now, detail={"incident": f"I{number}"})
        return Opened(incident=INCIDENT.validate_python(made), new=True)

    async def get(self, incident_id: int) -> Incident | None:
        """One incident."""
        return await self._one("get_incident", id=incident_id)

    async def several(self, ids: Collection[int]) -> Mapping[int, Incident]:
        """Those of them that there are, by number."""
        found = await self._many("incidents_of_ids", ids=list(ids))
        return {incident.id: incident for incident in found}

    async def of_fingerprint(self, fingerprint: str) -> Incident | None:
        """The unresolved one."""
        return await self._one("unresolved_of_fingerprint", fingerprint=clean(fingerprint))

    async def unresolved(self, *, begins: str = "", why: Why | None = None) -> tuple[Incident, ...]:
        """Oldest first: all, or those whose fingerprint begins so, or that wait for `why`."""
        return await self._many("unresolved_incidents", begins=clean(begins), why=why)

    async def tally(self) -> Mapping[tuple[Severity, IncidentState], int]:
        """How many are unresolved, by severity and state."""
        async with connected(self._pool) as connection:
            found = await rows(connection, "tally_incidents")
        return {
            (Severity(one["severity"]), IncidentState(one["state"])): one["count"] for one in found
        }

    async def recent(
        self, *, service: str | None = None, since: datetime | None = None, limit: int = 20
    ) -> tuple[Incident, ...]:
        """The newest first."""
        return await self._many("recent_incidents", service=service, since=since, limit=limit)

    async def children(self, incident_id: int) -> tuple[Incident, ...]:
        """A storm's, oldest first."""
        return await self._many("incidents_of_parent", parent=incident_id)

    async def resolved(
        self, *, severities: Sequence[Severity], since: datetime, until: datetime
    ) -> tuple[Incident, ...]:
        """Those of these severities whose end lies in that time, in order."""
        wanted = [str(severity) for severity in severities]
        return await self._many("resolved_incidents", severities=wanted, since=since, until=until)

    async def waiting(self, now: datetime, *, limit: int = 50) -> tuple[Incident, ...]:
        """Those whose `resume_at` has come, the longest overdue first."""
        return await self._many("waiting_incidents", now=now, limit=limit)

    async def timeline(self, incident_id: int) -> tuple[Happening, ...]:
        """All that happened, in order."""
        async with connected(self._pool) as connection:
            found = await rows(connection, "timeline", incident=incident_id)
        return tuple(HAPPENING.validate_python(line) for line in found)

    async def escalations(self, incident_id: int) -> tuple[Escalation, ...]:
        """Its climbs with their pages, in order."""
        async with transaction(self._pool) as connection:
            climbs = await rows(connection, "escalations_of", incident=incident_id)
            pages = await rows(connection, "pages_of", incident=incident_id)
        return tuple(
            ESCALATION.validate_python(
                {**climb, "pages": [p for p in pages if p["escalation"] == climb["id"]]}
            )
            for climb in climbs
        )

    async def touch(self, now: datetime) -> int:
        """Have the cards of incidents with a countdown drawn anew; how many."""
        async with connected(self._pool) as connection:
            ids = [one["id"] for one in await rows(connection, "counting_down", now=now)]
            await rows(connection, "want_cards", ids=ids)
        return len(ids)

    async def _one(self, query: str, **params: Any) -> Incident | None:
        async with connected(self._pool) as connection:
            found = await row(connection, query, **params)
        return None if found is None else INCIDENT.validate_python(found)

    async def _many(self, query: str, **params: Any) -> tuple[Incident, ...]:
        async with connected(self._pool) as connection:
            found = await rows(connection, query, **params)
        return tuple(INCIDENT.validate_python(incident) for incident in found)


async def _open_parent(connection: Connection, parent: int | None) -> int | None:
    """The parent, its row held, while it is unresolved and nobody's child; else None."""
    if parent is None:
        return None
    found = await row(connection, "lock_incident", id=parent)
    if found is None or found["state"] == IncidentState.RESOLVED or found["parent"] is not None:
        return None
    return parent


def _columns(incident: Incident, climb: Climb, parent: int | None) -> dict[str, Any]:
    """What waits: the maintenance window's end, else the climb's; a child for nothing."""
    waits, why = incident.resume_at, incident.resume_why
    if waits is None:
        waits, why = climb.over_at, Why.REPEAT
    if parent is not None:
        waits = None
    return {
        "title": clean(incident.title),
        "severity": incident.severity,
        "source": incident.source,
        "fingerprint": clean(incident.fingerprint),
        "service": clean(incident.service),
        "opened_at": incident.opened_at,
        "opened_by": clean(incident.opened_by),
        "owner": clean(incident.owner),
        "parent": parent,
        "silent": climb.over_at is None,
        "resume_at": waits,
        "resume_why": None if waits is None else why,
        "resume_note": clean(incident.resume_note),
    }
