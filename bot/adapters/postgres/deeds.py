"""What people and time do to incidents: each is one transaction with its line and its audit row.

Every one takes the incident's row (a parent's before its children's), then its pages, then the
cards, then the audit head: whoever keeps to that order never waits in a ring.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.adapters.postgres.audit import append
from bot.adapters.postgres.climbs import begin, end, quiet
from bot.adapters.postgres.pool import Connection, Pool, row, rows, run, transaction
from bot.adapters.postgres.timeline import tell, tell_children
from bot.adapters.stored import INCIDENT, clean
from bot.domain.audit import Entry
from bot.domain.climb import Climb
from bot.domain.incident import Happening, Incident, IncidentState, Why, Wish
from bot.topology import Severity


class PostgresDeeds:
    """The deeds of bot.ports.Incidents."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def fold(
        self, incident_id: int, parent: int, *, happening: Happening, entry: Entry
    ) -> bool:
        """Put an open incident under an open parent, whose climb goes on for both."""
        async with transaction(self._pool) as connection:
            above = await row(connection, "lock_incident", id=parent)
            found = await row(connection, "lock_incident", id=incident_id)
            if above is None or found is None or not _fits(found, above):
                return False
            await end(connection, [incident_id], "storm", happening.at, parent=parent)
            await run(connection, "fold_incident", id=incident_id, parent=parent)
            await run(connection, "count_child", id=parent)
            await _told(connection, incident_id, happening, entry)
        return True

    async def acknowledge(
        self, incident_id: int, *, via: str, until: datetime, happening: Happening, entry: Entry
    ) -> Incident | None:
        """open → acknowledged with all its open children; None when it was not open."""
        now, by = happening.at, clean(happening.actor)
        async with transaction(self._pool) as connection:
            found = await row(connection, "lock_incident", id=incident_id)
            if found is None or found["state"] != IncidentState.OPEN:
                return None
            family = await rows(connection, "lock_children", id=incident_id)
            children = [one["id"] for one in family if one["state"] == IncidentState.OPEN]
            ids = [incident_id, *children]
            await quiet(connection, ids, wish=Wish.ACKNOWLEDGE, by=by, why="acknowledged", now=now)
            params = {"ids": ids, "now": now, "by": by, "via": clean(via), "until": until}
            await run(connection, "acknowledge_incidents", **params)
            await tell_children(connection, children, happening)
            return await _told(connection, incident_id, happening, entry)

    async def resolve(
        self, incident_id: int, *, happening: Happening, entry: Entry
    ) -> Incident | None:
        """→ resolved with all its children; None when it was."""
        now, by = happening.at, clean(happening.actor)
        async with transaction(self._pool) as connection:
            found = await row(connection, "lock_incident", id=incident_id)
            if found is None or found["state"] == IncidentState.RESOLVED:
                return None
            children = [
                one["id"] for one in await rows(connection, "lock_children", id=incident_id)
            ]
            ids = [incident_id, *children]
            await quiet(connection, ids, wish=Wish.RESOLVE, by=by, why="resolved", now=now)
            await run(connection, "resolve_incidents", ids=ids, now=now, by=by)
            await tell_children(connection, children, happening)
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
        ringing: str = "",
    ) -> Incident | None:
        """Begin another climb in place of the present one; None when it is not to be."""
        now, ids = happening.at, [incident_id]
        async with transaction(self._pool) as connection:
            found = await row(connection, "lock_incident", id=incident_id)
            if found is None or found["resume_at"] != expected:
                return None
            if not await _may_climb(connection, found, why):
                return None
            await end(connection, ids, why, now)
            await run(connection, "unwish_pages", ids=ids, ringing=clean(ringing))
            await run(
                connection,
                "reopen_incident",
                id=incident_id,
                severity=severity or found["severity"],
                silent=climb.over_at is None,
                repeated=why is Why.REPEAT,
                over_at=climb.over_at,
            )
            await begin(connection, incident_id, climb, why, now)
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
        needed = IncidentState.OPEN if why.holds else IncidentState.ACKNOWLEDGED
        async with transaction(self._pool) as connection:
            found = await row(connection, "lock_incident", id=incident_id)
            if found is None or found["parent"] is not None or found["state"] != needed:
                return None
            if expected is not None and found["resume_at"] != expected:
                return None
            if why.holds and happening is not None:
                by, now = clean(happening.actor), happening.at
                wish = Wish.ACKNOWLEDGE
                await quiet(connection, [incident_id], wish=wish, by=by, why=why, now=now)
            params = {"id": incident_id, "why": why, "until": until, "note": clean(note)}
            await run(connection, "set_waiting", **params)
            return await _told(connection, incident_id, happening, entry)

    async def give_up(
        self, incident_id: int, *, expected: datetime, happening: Happening, entry: Entry
    ) -> Incident | None:
        """UNOWNED: nobody answered the last repetition."""
        params = {"expected": expected, "now": happening.at}
        return await self._set("give_up_incident", incident_id, happening, entry, **params)

    async def rate(
        self, incident_id: int, severity: Severity, *, happening: Happening, entry: Entry
    ) -> Incident | None:
        """Another severity for an acknowledged incident."""
        return await self._set("rate_incident", incident_id, happening, entry, severity=severity)

    async def assign(
        self, incident_id: int, owner: str, *, happening: Happening, entry: Entry
    ) -> Incident | None:
        """Another owner; None when it is resolved or unknown."""
        return await self._set("assign_incident", incident_id, happening, entry, owner=clean(owner))

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


def _fits(found: Any, above: Any) -> bool:
    """Whether one may be put under the other: families have two generations."""
    both_open = all(one["state"] == IncidentState.OPEN for one in (found, above))
    alone = found["parent"] is None and found["children"] == 0
    return both_open and alone and above["parent"] is None and found["id"] != above["id"]


async def _may_climb(connection: Connection, found: Any, why: Why) -> bool:
    """Only what rings again at PagerDuty by itself comes back from the resolved, and not beside
    a younger incident of the same fingerprint. A resolved parent is forgotten.
    """
    if found["state"] == IncidentState.RESOLVED:
        if why is not Why.UNACKNOWLEDGED:
            return False
        heir = await row(connection, "unresolved_of_fingerprint", fingerprint=found["fingerprint"])
        if heir is not None:
            return False
    if found["parent"] is None:
        return True
    above = await row(connection, "get_incident", id=found["parent"])
    return above is not None and above["state"] == IncidentState.RESOLVED
