"""Pages that were sent: did they reach somebody, what PagerDuty is to be told, what is due when.

Before it: `pages`, which sends them. After it: the looks and tellings of the engine, its sweep,
its clock and its auditor.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.adapters.postgres.passing import pass_on, say
from bot.adapters.postgres.pool import Pool, connected, row, rows, run, transaction
from bot.adapters.stored import INCIDENT, PAGE, clean
from bot.domain.incident import Incident, Page
from bot.errors import OperationFailed
from bot.ports import Instants


class PostgresPaged:
    """The part of bot.ports.Pages that is about pages PagerDuty has."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    # --- whether it reached somebody -----------------------------------------------------

    async def claim_looks(
        self, *, now: datetime, lease_until: datetime, limit: int
    ) -> tuple[Page, ...]:
        """Pages to be looked for at PagerDuty."""
        return await self._many("claim_looks", now=now, lease_until=lease_until, limit=limit)

    async def confirmed(self, key: str, *, reached: Sequence[str], now: datetime) -> None:
        """SENT → CONFIRMED: it is somebody's."""
        async with transaction(self._pool) as connection:
            names = [clean(name) for name in reached]
            found = await row(connection, "page_confirmed", key=clean(key), reached=names)
            if found is not None:
                await say(connection, PAGE.validate_python(found), now)

    async def look_again(self, key: str, *, at: datetime) -> None:
        """Nothing seen yet: look again then."""
        async with connected(self._pool) as connection:
            await run(connection, "look_again", key=clean(key), at=at)

    async def unconfirmed(self, key: str, *, said: str, now: datetime) -> None:
        """SENT → UNCONFIRMED, said aloud; the next level is due now."""
        async with transaction(self._pool) as connection:
            before = await row(connection, "page_of_key", key=clean(key))
            if before is None:
                return
            await rows(connection, "lock_climb", escalation=before["escalation"])
            found = await row(connection, "page_unconfirmed", key=before["key"], said=clean(said))
            if found is not None:
                await pass_on(connection, PAGE.validate_python(found), now)

    # --- what PagerDuty is to be told ----------------------------------------------------

    async def claim_tellings(
        self, *, now: datetime, lease_until: datetime, limit: int
    ) -> tuple[Page, ...]:
        """Pages of which PagerDuty is to be told something."""
        return await self._many("claim_tellings", now=now, lease_until=lease_until, limit=limit)

    async def told(self, page: Page) -> None:
        """PagerDuty knows `page.wish` (unless another was made since)."""
        async with connected(self._pool) as connection:
            await run(connection, "page_told", key=page.key, claim=page.tell_at)

    async def tell_again(self, page: Page, *, at: datetime, said: str) -> None:
        """It could not be told: again then."""
        async with connected(self._pool) as connection:
            await run(
                connection, "tell_again", key=page.key, claim=page.tell_at, at=at, said=clean(said)
            )

    async def of_key(self, key: str) -> Page | None:
        """One page."""
        async with connected(self._pool) as connection:
            found = await row(connection, "page_of_key", key=clean(key))
        return None if found is None else PAGE.validate_python(found)

    async def adopt(self, page: Page) -> None:
        """Keep a page that PagerDuty rang by itself, for an incident opened there."""
        async with transaction(self._pool) as connection:
            found = await row(connection, "lock_incident", id=page.incident)
            if found is None:
                raise OperationFailed(f"there is no incident I{page.incident}", code="database")
            wish, by = INCIDENT.validate_python(found).wish
            await run(
                connection,
                "adopt_page",
                key=clean(page.key),
                escalation=page.escalation,
                incident=page.incident,
                level=page.level,
                due_at=page.due_at,
                reached=[clean(name) for name in page.reached],
                wish=wish,
                by=by,
            )
            await rows(connection, "want_cards", ids=[page.incident])

    async def open_keys(self, *, limit: int = 1000) -> tuple[Page, ...]:
        """Pages PagerDuty took and was never told to quiet, of open incidents, newest first."""
        return await self._many("open_keys", limit=limit)

    async def instants(self) -> Instants:
        """When anything is due."""
        async with connected(self._pool) as connection:
            found = await row(connection, "instants")
        if found is None:
            raise LookupError("a SELECT without FROM returned no row")
        return Instants(**found)

    async def lateness(self, buckets: Sequence[float]) -> tuple[tuple[int, ...], int, float]:
        """How many pages were at most so late, how many there are, and the sum of seconds."""
        async with connected(self._pool) as connection:
            found = await row(connection, "lateness", buckets=[float(top) for top in buckets])
        if found is None:
            raise LookupError("an aggregate returned no row")
        return tuple(found["under"]), found["pages"], found["total"]

    async def overdue(self, before: datetime) -> tuple[Page, ...]:
        """Pages due before then and still not taken by PagerDuty."""
        return await self._many("overdue_pages", before=before)

    async def stranded(self) -> tuple[Incident, ...]:
        """Open incidents without a next deadline: there must be none."""
        async with connected(self._pool) as connection:
            found = await rows(connection, "stranded_incidents")
        return tuple(INCIDENT.validate_python(incident) for incident in found)

    async def _many(self, query: str, **params: Any) -> tuple[Page, ...]:
        async with connected(self._pool) as connection:
            found = await rows(connection, query, **params)
        return tuple(PAGE.validate_python(page) for page in found)
