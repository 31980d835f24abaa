"""Twin of the outbox towards PagerDuty: what is to be sent, and what comes of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from bot.adapters.memory.climbs import RINGS, keep_page, pass_on, say, tell
from bot.adapters.memory.paged import MemoryPaged
from bot.adapters.memory.tables import PageRow
from bot.adapters.stored import clean
from bot.domain.audit import Entry
from bot.domain.incident import Happening, Page, PageState, Wish


class MemoryPages(MemoryPaged):
    """bot.ports.Pages."""

    async def claim(
        self, *, owner: str, free: Mapping[int, int], now: datetime, lease_until: datetime
    ) -> tuple[Page, ...]:
        """Take due pages, at most `free[level]` of each level, the longest overdue first."""
        taken: list[PageRow] = []
        for level, room in free.items():
            due = [
                (row.page.next_at, row.page.key, row)
                for row in self._tables.pages.values()
                if row.page.level == level
                and row.page.next_at is not None
                and row.page.next_at <= now
            ]
            taken += [row for _, _, row in sorted(due, key=lambda one: one[:2])[:room]]
        superseded = {row.page.key for row in taken if self._is_superseded(row.page, now)}
        for row in taken:
            self._take(row, owner, now, lease_until, superseded=row.page.key in superseded)
        pages = sorted(
            (row.page for row in taken), key=lambda page: (page.due_at, page.incident, page.level)
        )
        for page in pages:
            if page.state is not PageState.SENDING:
                self._tables.want(f"I{page.incident}")
                say(self._tables, page, now)
        return tuple(pages)

    async def renew(
        self, owner: str, keys: Collection[str], *, lease_until: datetime
    ) -> frozenset[str]:
        """Prolong the leases of those that this owner is still sending: their keys."""
        mine = [
            row
            for key, row in self._tables.pages.items()
            if key in keys and row.owner == owner and row.page.state is PageState.SENDING
        ]
        for row in mine:
            keep_page(self._tables, row, next_at=lease_until)
        return frozenset(row.page.key for row in mine)

    async def sent(self, page: Page, owner: str, *, look_at: datetime, now: datetime) -> bool:
        """SENDING → SENT; what was wished meanwhile is to be told at once."""
        row = self._held(page, owner)
        if row is None:
            return False
        wished = row.page.wish is not Wish.NONE
        row.owner = ""
        sent = keep_page(
            self._tables,
            row,
            state=PageState.SENT,
            sent_at=now,
            next_at=None,
            unsure=False,
            said="",
            look_at=None if wished else look_at,
            tell_at=now if wished else None,
        )
        say(self._tables, sent, now)
        return True

    async def again(
        self, page: Page, owner: str, *, at: datetime, unsure: bool, said: str, now: datetime
    ) -> bool:
        """SENDING → WAITING until then, or GONE when it is not needed any more."""
        row = self._held(page, owner)
        if row is None:
            return False
        unsure = unsure or row.page.unsure
        left = PageState.GONE if unsure else PageState.CANCELLED
        row.owner = ""
        keep_page(
            self._tables,
            row,
            state=PageState.WAITING if row.needed else left,
            next_at=at if row.needed else None,
            unsure=unsure,
            failures=row.page.failures + 1,
            said=clean(said),
        )
        say(self._tables, self._wish_left(row, now), now)
        return True

    async def refused(self, page: Page, owner: str, *, said: str, now: datetime) -> bool:
        """SENDING → REFUSED for good; the next level is due now."""
        return self._pass_on(page, owner, PageState.REFUSED, said, now)

    async def skipped(self, page: Page, owner: str, *, said: str, now: datetime) -> bool:
        """SENDING → SKIPPED, nobody is on call there; the next level is due now."""
        return self._pass_on(page, owner, PageState.SKIPPED, said, now)

    async def hasten(self, incident_id: int, happening: Happening, entry: Entry) -> int | None:
        """The present climb's next level is due now: which; None when there is none."""
        open_climbs = {
            one.id
            for one in self._tables.escalations.values()
            if one.incident == incident_id and one.ended_at is None
        }
        armed = [
            row
            for row in self._tables.pages.values()
            if row.page.escalation in open_climbs and row.page.state is PageState.ARMED
        ]
        if not armed:
            return None
        row, at = min(armed, key=lambda row: row.page.level), happening.at
        self._tables.append(entry, at, detail={"level": row.page.level})
        keep_page(self._tables, row, next_at=at, due_at=min(row.page.due_at, at))
        tell(self._tables, incident_id, happening)
        return row.page.level

    def _is_superseded(self, page: Page, now: datetime) -> bool:
        return page.state is PageState.ARMED and any(
            row.page.escalation == page.escalation
            and row.page.level > page.level
            and row.page.due_at <= now
            and row.page.state in RINGS
            for row in self._tables.pages.values()
        )

    def _take(
        self, row: PageRow, owner: str, now: datetime, until: datetime, *, superseded: bool
    ) -> None:
        page, state = row.page, PageState.SENDING
        if superseded:
            state = PageState.SUPERSEDED
        elif not row.needed:
            state = PageState.GONE
        row.owner = owner
        keep_page(
            self._tables,
            row,
            state=state,
            next_at=until if state is PageState.SENDING else None,
            tell_at=page.tell_at if page.wish is Wish.NONE else now,
            attempts=page.attempts + 1,
            unsure=page.unsure or page.state is PageState.SENDING,
        )

    def _held(self, page: Page, owner: str) -> PageRow | None:
        """The row, while this claim holds it."""
        row = self._tables.pages.get(page.key)
        if row is None or row.page.state is not PageState.SENDING:
            return None
        if (row.owner, row.page.attempts) != (owner, page.attempts):
            return None
        if row.page.first_at is None:
            keep_page(self._tables, row, first_at=page.first_at)
        return row

    def _wish_left(self, row: PageRow, now: datetime) -> Page:
        """It was not sent: there is something to tell only if an attempt may have arrived."""
        wish = row.page.wish if row.page.unsure else Wish.NONE
        return keep_page(self._tables, row, wish=wish, tell_at=None if wish is Wish.NONE else now)

    def _pass_on(self, page: Page, owner: str, state: PageState, said: str, now: datetime) -> bool:
        row = self._held(page, owner)
        if row is None:
            return False
        row.owner = ""
        keep_page(self._tables, row, state=state, next_at=None, said=clean(said))
        pass_on(self._tables, self._wish_left(row, now), now)
        return True
