"""The outbox towards PagerDuty: what is to be sent, looked for and told.

A row is claimed by one conditional statement, and what came of it is written only by the claim
that still holds it. Claims are short and renewed while their sender lives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.adapters.postgres.audit import append
from bot.adapters.postgres.pool import Connection, Pool, connected, row, rows, run, transaction
from bot.adapters.postgres.timeline import tell
from bot.adapters.stored import INCIDENT, PAGE, clean
from bot.domain.audit import Entry
from bot.domain.incident import Happening, Incident, Page, PageState
from bot.domain.timeline import page_happening


class PostgresPages:
    """bot.ports.Pages."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def claim(
        self, *, owner: str, free: Mapping[int, int], now: datetime, lease_until: datetime
    ) -> tuple[Page, ...]:
        """Take due pages, at most `free[level]` of each level, the longest overdue first."""
        async with transaction(self._pool) as connection:
            found = await rows(
                connection,
                "claim_pages",
                owner=owner,
                levels=list(free),
                free=list(free.values()),
                now=now,
                lease_until=lease_until,
            )
            pages = tuple(PAGE.validate_python(page) for page in found)
            for page in pages:
                if page.state is PageState.SUPERSEDED:
                    await _tell(connection, page, now)
        return pages

    async def renew(self, owner: str, *, lease_until: datetime) -> int:
        """Prolong the leases of all that this owner is sending; how many."""
        async with connected(self._pool) as connection:
            return await run(connection, "renew_pages", owner=owner, lease_until=lease_until)

    async def calling(self, page: Page, owner: str, now: datetime) -> bool:
        """The call is about to be made: the first one's time is kept."""
        async with connected(self._pool) as connection:
            return await row(connection, "page_calling", **_held(page, owner), now=now) is not None

    async def sent(self, page: Page, owner: str, *, look_at: datetime, now: datetime) -> bool:
        """SENDING → SENT; what was wished meanwhile is to be told at once."""
        return await self._end("page_sent", page, owner, now, look_at=look_at, now=now)

    async def again(
        self, page: Page, owner: str, *, at: datetime, unsure: bool, said: str, now: datetime
    ) -> bool:
        """SENDING → WAITING until then, or GONE when it is not needed any more."""
        params = {"at": at, "unsure": unsure, "said": clean(said), "now": now}
        return await self._end("page_again", page, owner, now, **params)

    async def refused(self, page: Page, owner: str, *, said: str, now: datetime) -> bool:
        """SENDING → REFUSED for good; the next level is due now."""
        return await self._pass_on(page, owner, PageState.REFUSED, said, now)

    async def skipped(self, page: Page, owner: str, *, said: str, now: datetime) -> bool:
        """SENDING → SKIPPED, nobody is on call there; the next level is due now."""
        return await self._pass_on(page, owner, PageState.SKIPPED, said, now)

    async def hasten(self, incident_id: int, happening: Happening, entry: Entry) -> int | None:
        """The present climb's next level is due now: which; None when there is none."""
        async with transaction(self._pool) as connection:
            await row(connection, "lock_incident", id=incident_id)
            climb = await row(connection, "open_escalation_of", incident=incident_id)
            if climb is None:
                return None
            hastened = await _hasten(connection, climb["id"], 0, happening.at)
            if hastened is None:
                return None
            await tell(connection, incident_id, happening)
            await append(connection, entry, happening.at, detail={"level": hastened})
            return hastened

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
            found = await row(connection, "page_confirmed", key=key, reached=names)
            if found is not None:
                await _tell(connection, PAGE.validate_python(found), now)

    async def look_again(self, key: str, *, at: datetime) -> None:
        """Nothing seen yet: look again then."""
        async with connected(self._pool) as connection:
            await run(connection, "look_again", key=key, at=at)

    async def unconfirmed(self, key: str, *, said: str, now: datetime) -> None:
        """SENT → UNCONFIRMED, said aloud; the next level is due now."""
        async with transaction(self._pool) as connection:
            found = await row(connection, "page_unconfirmed", key=key, said=clean(said))
            if found is not None:
                page = PAGE.validate_python(found)
                await _hasten(connection, page.escalation, page.level, now)
                await _tell(connection, page, now)

    # --- what PagerDuty is to be told ----------------------------------------------------

    async def claim_tellings(
        self, *, now: datetime, lease_until: datetime, limit: int
    ) -> tuple[Page, ...]:
        """Pages of which PagerDuty is to be told something."""
        return await self._many("claim_tellings", now=now, lease_until=lease_until, limit=limit)

    async def told(self, page: Page) -> None:
        """PagerDuty knows `page.wish` (unless another was made since)."""
        async with connected(self._pool) as connection:
            await run(connection, "page_told", key=page.key, wish=page.wish)

    async def tell_again(self, page: Page, *, at: datetime, said: str) -> None:
        """It could not be told: again then."""
        async with connected(self._pool) as connection:
            await run(
                connection, "tell_again", key=page.key, wish=page.wish, at=at, said=clean(said)
            )

    # --- looking things up ---------------------------------------------------------------

    async def of_key(self, key: str) -> Page | None:
        """One page."""
        async with connected(self._pool) as connection:
            found = await row(connection, "page_of_key", key=clean(key))
        return None if found is None else PAGE.validate_python(found)

    async def adopt(self, page: Page) -> None:
        """Keep a page that PagerDuty rang by itself, for an incident opened there."""
        async with connected(self._pool) as connection:
            await run(
                connection,
                "adopt_page",
                key=clean(page.key),
                escalation=page.escalation,
                incident=page.incident,
                level=page.level,
                due_at=page.due_at,
                reached=[clean(name) for name in page.reached],
            )

    async def open_keys(self, *, limit: int = 1000) -> tuple[Page, ...]:
        """Pages PagerDuty took, of open incidents: for the sweep."""
        return await self._many("open_keys", limit=limit)

    async def next_at(self) -> datetime | None:
        """The earliest instant at which anything is due."""
        async with connected(self._pool) as connection:
            found = await row(connection, "next_instant")
        return None if found is None else found["at"]

    async def lateness(self, buckets: Sequence[float]) -> tuple[tuple[int, ...], int, float]:
        """How many pages were at most so late, how many there are, and the sum of seconds."""
        async with connected(self._pool) as connection:
            found = await row(connection, "lateness", buckets=list(buckets))
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

    async def _end(self, query: str, page: Page, owner: str, at: datetime, **params: Any) -> bool:
        async with transaction(self._pool) as connection:
            found = await row(connection, query, **_held(page, owner), **params)
            if found is None:
                return False
            await _tell(connection, PAGE.validate_python(found), at)
        return True

    async def _pass_on(
        self, page: Page, owner: str, state: PageState, said: str, now: datetime
    ) -> bool:
        async with transaction(self._pool) as connection:
            held = _held(page, owner)
            found = await row(connection, "page_ended", **held, state=state, said=clean(said))
            if found is None:
                return False
            await _hasten(connection, page.escalation, page.level, now)
            await _tell(connection, PAGE.validate_python(found), now)
        return True

    async def _many(self, query: str, **params: Any) -> tuple[Page, ...]:
        async with connected(self._pool) as connection:
            found = await rows(connection, query, **params)
        return tuple(PAGE.validate_python(page) for page in found)


def _held(page: Page, owner: str) -> dict[str, Any]:
    return {"key": page.key, "owner": owner, "attempts": page.attempts}


async def _hasten(connection: Connection, escalation: str, level: int, now: datetime) -> int | None:
    found = await row(connection, "hasten_page", escalation=escalation, level=level, now=now)
    return None if found is None else int(found["level"])


async def _tell(connection: Connection, page: Page, now: datetime) -> None:
    happening = page_happening(page, now)
    if happening is not None:
        await tell(connection, page.incident, happening)
