"""The outbox towards PagerDuty: what is to be sent, and what comes of it. After it: `paged`.

A row is claimed by one conditional statement, and what came of it is written only by the claim
that still holds it. Claims are short and renewed while their sender lives.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from bot.adapters.postgres.audit import append
from bot.adapters.postgres.paged import PostgresPaged
from bot.adapters.postgres.passing import pass_on, say
from bot.adapters.postgres.pool import connected, row, rows, transaction
from bot.adapters.postgres.timeline import tell, written_line
from bot.adapters.stored import PAGE, clean
from bot.domain.audit import Entry
from bot.domain.incident import Happening, Page, PageState
from bot.domain.timeline import sent


class PostgresPages(PostgresPaged):
    """bot.ports.Pages."""

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
            pages = tuple(sorted(pages, key=lambda page: (page.due_at, page.incident, page.level)))
            ended = [page for page in pages if page.state is not PageState.SENDING]
            if ended:
                await rows(connection, "want_cards", ids=[page.incident for page in ended])
            for page in ended:
                await say(connection, page, now)
        return pages

    async def renew(
        self, owner: str, keys: Collection[str], *, lease_until: datetime
    ) -> frozenset[str]:
        """Prolong the leases of those that this owner is still sending: their keys."""
        held = {"owner": owner, "keys": list(keys)}
        async with connected(self._pool) as connection:
            found = await rows(connection, "renew_pages", **held, lease_until=lease_until)
        return frozenset(page["key"] for page in found)

    async def sent(self, page: Page, owner: str, *, look_at: datetime, now: datetime) -> bool:
        """SENDING → SENT; what was wished meanwhile is to be told at once."""
        line = sent(page, now)
        async with connected(self._pool) as connection:
            found = await row(
                connection,
                "page_sent",
                **_held(page, owner),
                **written_line(line),
                look_at=look_at,
                now=now,
            )
        return found is not None

    async def again(
        self, page: Page, owner: str, *, at: datetime, unsure: bool, said: str, now: datetime
    ) -> bool:
        """SENDING → WAITING until then, or GONE when it is not needed any more."""
        params = {"at": at, "unsure": unsure, "said": clean(said), "now": now}
        async with transaction(self._pool) as connection:
            found = await row(connection, "page_again", **_held(page, owner), **params)
            if found is None:
                return False
            await say(connection, PAGE.validate_python(found), now)
        return True

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
            at = happening.at
            found = await row(connection, "hasten_lowest", escalation=climb["id"], now=at)
            if found is None:
                return None
            level = int(found["level"])
            await tell(connection, incident_id, happening)
            await append(connection, entry, at, detail={"level": level})
            return level

    async def _pass_on(
        self, page: Page, owner: str, state: PageState, said: str, now: datetime
    ) -> bool:
        async with transaction(self._pool) as connection:
            held = _held(page, owner)
            await rows(connection, "lock_climb", escalation=page.escalation)
            params = {"state": state, "said": clean(said), "now": now}
            found = await row(connection, "page_ended", **held, **params)
            if found is None:
                return False
            await pass_on(connection, PAGE.validate_python(found), now)
        return True


def _held(page: Page, owner: str) -> dict[str, Any]:
    return {
        "key": page.key,
        "owner": owner,
        "attempts": page.attempts,
        "first_at": page.first_at,
    }
