"""Incidents and the climbs of their ladders.

Every change takes the incident's row (and its children's) first, then escalations, pages, the
timeline, the card and the audit head: whoever keeps to that order never waits in a ring.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.adapters.postgres.audit import append
from bot.adapters.postgres.pool import Connection, Pool, connected, row, rows, run, transaction
from bot.adapters.postgres.timeline import tell
from bot.adapters.stored import ESCALATION, HAPPENING, INCIDENT, clean
from bot.domain.audit import Entry
from bot.domain.climb import Climb
from bot.domain.incident import Escalation, Happening, Incident, IncidentState, Why, Wish
from bot.ports import Opened
from bot.topology import Severity


class PostgresIncidents:
    """bot.ports.Incidents."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def open(
        self, incident: Incident, climb: Climb, *, channel: str, entry: Entry, now: datetime
    ) -> Opened:
        """Store it and begin the climb, or count one alert more on its unresolved twin."""
        async with transaction(self._pool) as connection:
            parent = await _open_parent(connection, incident.parent)
            held = incident.resume_at is not None or parent is not None
            made = await row(
                connection,
                "insert_incident",
                **_columns(incident, climb, parent, held=held),
                now=now,
            )
            if made is None:
                raise LookupError("an INSERT that returns its row returned none")
            if not made["new"]:
                return Opened(incident=INCIDENT.validate_python(made), new=False)
            await run(connection, "insert_card", subject=f"I{made['id']}", channel=clean(channel))
            if parent is not None:
                await run(connection, "count_child", id=parent)
            if not held:
                await _begin(connection, made["id"], climb, Why.OPENED, now)
            text = f"Opened as {incident.severity}: {incident.title}"
            opened = Happening(at=now, kind="opened", actor=incident.opened_by, text=text)
            await tell(connection, made["id"], opened)
            await append(connection, entry, now, detail={"incident": f"I{made['id']}"})
            stored = await row(connection, "get_incident", id=made["id"])
        return Opened(incident=INCIDENT.validate_python(stored), new=True)

    async def get(self, incident_id: int) -> Incident | None:
        """One incident."""
        return await self._one("get_incident", id=incident_id)

    async def of_fingerprint(self, fingerprint: str) -> Incident | None:
        """The unresolved one."""
        return await self._one("unresolved_of_fingerprint", fingerprint=clean(fingerprint))

    async def unresolved(self) -> tuple[Incident, ...]:
        """Oldest first."""
        return await self._many("unresolved_incidents")

    async def recent(
        self, *, service: str | None = None, since: datetime | None = None, limit: int = 20
    ) -> tuple[Incident, ...]:
        """The newest first."""
        return await self._many("recent_incidents", service=service, since=since, limit=limit)

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
            touched = await row(connection, "touch_countdowns", now=now)
        return 0 if touched is None else int(touched["cards"])

    # --- what people and time do to them -------------------------------------------------

    async def fold(
        self, incident_id: int, parent: int, *, happening: Happening, entry: Entry
    ) -> bool:
        """Put an open incident under an open parent, whose climb goes on for both."""
        async with transaction(self._pool) as connection:
            both = [
                await row(connection, "lock_incident", id=one)
                for one in sorted((incident_id, parent))
            ]
            if any(found is None or found["state"] != IncidentState.OPEN for found in both):
                return False
            await run(connection, "fold_incident", id=incident_id, parent=parent)
            await run(connection, "count_child", id=parent)
            ids = [incident_id]
            await run(connection, "end_escalations", ids=ids, now=happening.at, why="storm")
            await run(connection, "drop_pages", ids=ids)
            await tell(connection, incident_id, happening)
            await append(connection, entry, happening.at)
        return True

    async def acknowledge(
        self, incident_id: int, *, via: str, until: datetime, happening: Happening, entry: Entry
    ) -> Incident | None:
        """open → acknowledged with all its children; None when it was not open."""
        now, by = happening.at, clean(happening.actor)
        async with transaction(self._pool) as connection:
            family = await rows(connection, "lock_family", id=incident_id)
            if not _is(family, incident_id, IncidentState.OPEN):
                return None
            ids = [one["id"] for one in family if one["state"] == IncidentState.OPEN]
            params = {"ids": ids, "now": now, "by": by}
            await rows(connection, "acknowledge_incidents", **params, via=clean(via), until=until)
            await _quiet(connection, ids, wish=Wish.ACKNOWLEDGE, by=by, why="acknowledged", now=now)
            return await _told(connection, incident_id, happening, entry)

    async def resolve(
        self, incident_id: int, *, happening: Happening, entry: Entry
    ) -> Incident | None:
        """→ resolved with all its children; None when it was."""
        now, by = happening.at, clean(happening.actor)
        async with transaction(self._pool) as connection:
            family = await rows(connection, "lock_family", id=incident_id)
            if not _is(family, incident_id, IncidentState.OPEN, IncidentState.ACKNOWLEDGED):
                return None
            ids = [one["id"] for one in family]
            await rows(connection, "resolve_incidents", ids=ids, now=now, by=by)
            await _quiet(connection, ids, wish=Wish.RESOLVE, by=by, why="resolved", now=now)
            return await _told(connection, incident_id, happening, entry)

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
    ) -> Incident | None:
        """Begin another climb in place of the present one; None when it is not to be."""
        now = happening.at
        async with transaction(self._pool) as connection:
            found = await row(connection, "lock_incident", id=incident_id)
            if found is None or found["resume_at"] != expected or found["parent"] is not None:
                return None
            if found["state"] == IncidentState.RESOLVED and why is not Why.UNACKNOWLEDGED:
                return None
            ids = [incident_id]
            await run(connection, "end_escalations", ids=ids, now=now, why=why)
            await run(connection, "drop_pages", ids=ids)
            await row(
                connection,
                "reopen_incident",
                id=incident_id,
                severity=severity or found["severity"],
                silent=climb.over_at is None,
                repeated=why is Why.REPEAT,
                over_at=climb.over_at,
            )
            await _begin(connection, incident_id, climb, why, now)
            return await _told(connection, incident_id, happening, entry)

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
        needed = IncidentState.OPEN if why in (Why.SNOOZE, Why.MAINTENANCE) else None
        async with transaction(self._pool) as connection:
            found = await row(connection, "lock_incident", id=incident_id)
            if found is None or found["parent"] is not None:
                return None
            if found["state"] != (needed or IncidentState.ACKNOWLEDGED):
                return None
            if expected is not None and found["resume_at"] != expected:
                return None
            await row(
                connection,
                "set_waiting",
                id=incident_id,
                why=why,
                until=until,
                note=clean(note),
            )
            if needed is not None and happening is not None:
                by = clean(happening.actor)
                ids = [incident_id]
                await _quiet(
                    connection, ids, wish=Wish.ACKNOWLEDGE, by=by, why=why, now=happening.at
                )
            return await _told(connection, incident_id, happening, entry)

    async def give_up(
        self, incident_id: int, *, expected: datetime, happening: Happening, entry: Entry
    ) -> Incident | None:
        """UNOWNED: nobody answered the last repetition."""
        return await self._set(
            "give_up_incident", incident_id, happening, entry, expected=expected, now=happening.at
        )

    async def rate(
        self, incident_id: int, severity: Severity, *, happening: Happening, entry: Entry
    ) -> Incident | None:
        """Another severity for an acknowledged incident."""
        return await self._set("rate_incident", incident_id, happening, entry, severity=severity)

    async def assign(
        self, incident_id: int, owner: str, *, happening: Happening, entry: Entry
    ) -> Incident | None:
        """Another owner; None when it is resolved or unknown."""
        return await self._set("assign_incident", incident_id, happening, entry, owner=owner)

    async def tell(self, incident_id: int, happening: Happening, entry: Entry | None) -> bool:
        """A line more in the timeline; False when there is no such incident."""
        async with transaction(self._pool) as connection:
            if await row(connection, "lock_incident", id=incident_id) is None:
                return False
            await _told(connection, incident_id, happening, entry)
        return True

    async def _set(
        self, query: str, incident_id: int, happening: Happening, entry: Entry, **params: Any
    ) -> Incident | None:
        async with transaction(self._pool) as connection:
            if await row(connection, query, id=incident_id, **params) is None:
                return None
            return await _told(connection, incident_id, happening, entry)

    async def _one(self, query: str, **params: Any) -> Incident | None:
        async with connected(self._pool) as connection:
            found = await row(connection, query, **params)
        return None if found is None else INCIDENT.validate_python(found)

    async def _many(self, query: str, **params: Any) -> tuple[Incident, ...]:
        async with connected(self._pool) as connection:
            found = await rows(connection, query, **params)
        return tuple(INCIDENT.validate_python(incident) for incident in found)


async def _open_parent(connection: Connection, parent: int | None) -> int | None:
    """The parent, its row held, while it is unresolved; else None."""
    if parent is None:
        return None
    found = await row(connection, "lock_incident", id=parent)
    if found is None or found["state"] == IncidentState.RESOLVED:
        return None
    return parent


async def _begin(
    connection: Connection, incident: int, climb: Climb, why: Why, now: datetime
) -> None:
    """Another escalation, with a page for each level that is due."""
    name = str(uuid.uuid4())
    await run(connection, "insert_escalation", id=name, incident=incident, why=why, now=now)
    await run(
        connection,
        "insert_pages",
        escalation=name,
        incident=incident,
        levels=[due.level for due in climb.dues],
        times=[due.at for due in climb.dues],
    )


async def _quiet(
    connection: Connection, ids: Sequence[int], *, wish: Wish, by: str, why: str, now: datetime
) -> None:
    """Nothing more is paged, and PagerDuty is to be told of what was."""
    await run(connection, "end_escalations", ids=ids, now=now, why=why)
    await run(connection, "quiet_pages", ids=ids, wish=wish, by=by, now=now)


async def _told(
    connection: Connection, incident: int, happening: Happening | None, entry: Entry | None
) -> Incident:
    """The timeline's line and the audit row, last as the order of locks wants; the incident."""
    if happening is not None:
        await tell(connection, incident, happening)
    found = await row(connection, "get_incident", id=incident)
    if entry is not None and happening is not None:
        await append(connection, entry, happening.at, detail={"incident": f"I{incident}"})
    return INCIDENT.validate_python(found)


def _is(family: Sequence[Any], incident: int, *states: IncidentState) -> bool:
    return any(one["id"] == incident and one["state"] in states for one in family)


def _columns(incident: Incident, climb: Climb, parent: int | None, *, held: bool) -> dict[str, Any]:
    waits = incident.resume_at if held else climb.over_at
    why = incident.resume_why if incident.resume_at is not None else Why.REPEAT
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
        "resume_at": waits if parent is None else None,
        "resume_why": why if parent is None and waits is not None else None,
        "resume_note": clean(incident.resume_note),
    }
