"""Twin of the pages PagerDuty has: looks, tellings, and what is due when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.adapters.memory.climbs import THERE, keep_page, pass_on, say
from bot.adapters.memory.tables import PageRow, Tables
from bot.adapters.stored import clean
from bot.domain.incident import Incident, IncidentState, Page, PageState, Wish
from bot.errors import OperationFailed
from bot.ports import Instants


class MemoryPaged:
    """The part of bot.ports.Pages that is about pages PagerDuty has."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def claim_looks(
        self, *, now: datetime, lease_until: datetime, limit: int
    ) -> tuple[Page, ...]:
        """Pages to be looked for at PagerDuty."""
        due = [
            (row.page.look_at, row.page.key, row)
            for row in self._tables.pages.values()
            if row.page.look_at is not None and row.page.look_at <= now
        ]
        return tuple(
            keep_page(self._tables, row, look_at=lease_until, looks=row.page.looks + 1)
            for _, _, row in sorted(due, key=lambda one: one[:2])[:limit]
        )

    async def confirmed(self, key: str, *, reached: Sequence[str], now: datetime) -> None:
        """SENT → CONFIRMED: it is somebody's."""
        row = self._sent(key)
        if row is not None:
            names = tuple(clean(name) for name in reached)
            state = PageState.CONFIRMED
            page = keep_page(self._tables, row, state=state, look_at=None, reached=names)
            say(self._tables, page, now)

    async def look_again(self, key: str, *, at: datetime) -> None:
        """Nothing seen yet: look again then."""
        row = self._sent(key)
        if row is not None and row.page.look_at is not None:
            keep_page(self._tables, row, look_at=at)

    async def unconfirmed(self, key: str, *, said: str, now: datetime) -> None:
        """SENT → UNCONFIRMED, said aloud; the next level is due now."""
        row = self._sent(key)
        if row is not None and row.page.look_at is not None:
            state = PageState.UNCONFIRMED
            page = keep_page(self._tables, row, state=state, look_at=None, said=clean(said))
            pass_on(self._tables, page, now)

    async def claim_tellings(
        self, *, now: datetime, lease_until: datetime, limit: int
    ) -> tuple[Page, ...]:
        """Pages of which PagerDuty is to be told something."""
        due = [
            (row.page.tell_at, row.page.key, row)
            for row in self._tables.pages.values()
            if row.page.tell_at is not None and row.page.tell_at <= now
        ]
        return tuple(
            keep_page(self._tables, row, tell_at=lease_until, tellings=row.page.tellings + 1)
            for _, _, row in sorted(due, key=lambda one: one[:2])[:limit]
        )

    async def told(self, page: Page) -> None:
        """PagerDuty knows `page.wish` (unless another was made since)."""
        row = self._reserved(page)
        if row is not None:
            said = "" if row.page.tellings > 1 else row.page.said
            keep_page(self._tables, row, tell_at=None, said=said)

    async def tell_again(self, page: Page, *, at: datetime, said: str) -> None:
        """It could not be told: again then."""
        row = self._reserved(page)
        if row is not None:
            keep_page(self._tables, row, tell_at=at, said=clean(said))

    async def of_key(self, key: str) -> Page | None:
        """One page."""
        row = self._tables.pages.get(clean(key))
        return None if row is None else row.page

    async def adopt(self, page: Page) -> None:
        """Keep a page that PagerDuty rang by itself, for an incident opened there."""
        incident = self._tables.incidents.get(page.incident)
        if incident is None or page.escalation not in self._tables.escalations:
            raise OperationFailed(f"there is no incident I{page.incident}", code="database")
        wish, by = incident.wish
        adopted = Page(
            key=clean(page.key),
            escalation=page.escalation,
            incident=page.incident,
            level=page.level,
            due_at=page.due_at,
            state=PageState.CONFIRMED,
            sent_at=page.due_at,
            reached=tuple(clean(name) for name in page.reached),
            wish=wish,
            wish_by=by,
            tell_at=None if wish is Wish.NONE else page.due_at,
        )
        self._tables.pages.setdefault(adopted.key, PageRow(page=adopted))
        self._tables.want(incident.name)

    async def open_keys(self, *, limit: int = 1000) -> tuple[Page, ...]:
        """Pages PagerDuty took and was never told to quiet, of open incidents, newest first."""
        found = [
            row.page
            for row in self._tables.pages.values()
            if row.page.state in THERE
            and row.page.wish is Wish.NONE
            and self._tables.incidents[row.page.incident].state is IncidentState.OPEN
        ]
        found.sort(key=lambda page: page.key)
        found.sort(key=lambda page: page.sent_at or page.due_at, reverse=True)
        return tuple(found[:limit])

    async def instants(self) -> Instants:
        """When anything is due."""
        pages = [row.page for row in self._tables.pages.values()]
        return Instants(
            send=_earliest(page.next_at for page in pages),
            look=_earliest(page.look_at for page in pages),
            tell=_earliest(page.tell_at for page in pages),
            resume=_earliest(one.resume_at for one in self._tables.incidents.values()),
        )

    async def lateness(self, buckets: Sequence[float]) -> tuple[tuple[int, ...], int, float]:
        """How many pages were at most so late, how many there are, and the sum of seconds."""
        late = [
            max(0.0, (row.page.first_at - row.page.due_at).total_seconds())
            for row in self._tables.pages.values()
            if row.page.first_at is not None
        ]
        return tuple(sum(one <= top for one in late) for top in buckets), len(late), sum(late)

    async def overdue(self, before: datetime) -> tuple[Page, ...]:
        """Pages due before then and still not taken by PagerDuty."""
        late = [
            row.page
            for row in self._tables.pages.values()
            if row.page.next_at is not None and row.page.due_at < before
        ]
        return tuple(sorted(late, key=lambda page: (page.due_at, page.key))[:100])

    async def stranded(self) -> tuple[Incident, ...]:
        """Open incidents without a next deadline: there must be none."""
        armed = {
            row.page.incident for row in self._tables.pages.values() if row.page.next_at is not None
        }
        return tuple(
            one
            for one in self._tables.incidents.values()
            if one.state is IncidentState.OPEN
            and (one.resume_at, one.unowned_at, one.parent) == (None, None, None)
            and one.id not in armed | self._tables.silent
        )

    def _sent(self, key: str) -> PageRow | None:
        row = self._tables.pages.get(clean(key))
        return row if row is not None and row.page.state is PageState.SENT else None

    def _reserved(self, page: Page) -> PageRow | None:
        """The row, while this claim's reserve stands."""
        row = self._tables.pages.get(page.key)
        if row is None or page.tell_at is None:
            return None
        return row if row.page.tell_at == page.tell_at else None


def _earliest(instants: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in instants if at is not None), default=None)
