"""The rest of the truth: inbox, audit log, requests, locks; and all parts together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from bot.domain.audit import Entry, Head, Row
from bot.domain.lock import Lock, LockKind
from bot.domain.request import Approval, Decision, Request, RequestState
from bot.ports.cards import Cards
from bot.ports.hooks import Hooks
from bot.ports.incidents import Incidents, Pages
from bot.ports.journal import Runs
from bot.ports.pulse import Pulse
from bot.ports.statuspage import Posts
from bot.ports.ticks import Ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One request of Slack's as it arrived; `key` is what makes two of them the same.

    `claims` is how often it has been handed over, this time included; 0 before it is stored.
    """

    key: str
    kind: Literal["command", "action", "view", "event"]
    payload: Mapping[str, Any]
    claims: int = field(default=0, compare=False)


class Inbox(Protocol):
    """Deliveries written down before they are acknowledged, so that none is lost or done twice."""

    async def take(self, delivery: Delivery, now: datetime) -> bool:
        """Write it down; False when it was there already."""
        ...

    async def done(self, key: str, now: datetime) -> None:
        """It has been dealt with."""
        ...

    async def claim(
        self, *, now: datetime, lease_until: datetime, limit: int, times: int
    ) -> tuple[Delivery, ...]:
        """Take those not done and not leased, oldest first: new ones, and what a dead process left.

        Each is handed over so many `times` at most. Those done a day ago are forgotten.
        """
        ...


class AuditLog(Protocol):
    """The append-only, chained log."""

    async def append(self, entry: Entry, now: datetime) -> int:
        """Write one row and return its number."""
        ...

    def rows(self) -> AsyncIterator[Row]:
        """All rows in order."""
        ...

    async def head(self) -> Head:
        """The last row's number and hash."""
        ...


class Requests(Protocol):
    """Requests with their plans and approvals."""

    async def open(self, request: Request, entry: Entry) -> Request:
        """Store a planned request, its card wanted, and return it with its id."""
        ...

    async def get(self, request_id: int) -> Request | None:
        """One request with its approvals."""
        ...

    async def decide(self, request_id: int, approval: Approval, entry: Entry) -> Decision | None:
        """Count one answer in one conditional write; None for an unknown request.

        COUNTED needs more people, APPROVED was the last, TWICE has this person's answer
        already, TOO_LATE is settled or approved already, EXPIRED is past its time (and is
        set so). The entry is written for those that changed something (all but TWICE and
        TOO_LATE), its detail completed with "outcome".
        """
        ...

    async def settle(
        self,
        request_id: int,
        *,
        expected: RequestState,
        state: RequestState,
        note: str,
        entry: Entry,
        now: datetime,
    ) -> bool:
        """Move from one state to a final one; False when it was not in `expected`."""
        ...

    async def overdue(self, now: datetime) -> tuple[Request, ...]:
        """Planned requests past their expiry."""
        ...

    async def to_remind(self, now: datetime, *, after: Mapping[str, float]) -> tuple[Request, ...]:
        """Planned requests whose reminder (seconds by risk after asking) is due, marked so."""
        ...

    async def recent(self, *, resource: str | None = None, limit: int = 20) -> tuple[Request, ...]:
        """The newest requests first."""
        ...

    async def waiting(self) -> tuple[Request, ...]:
        """Those planned or approved, oldest first."""
        ...


class Locks(Protocol):
    """Locks and freezes."""

    async def take(self, lock: Lock, entry: Entry) -> Lock | None:
        """Take it; or return who holds the same kind on the same resource (unexpired)."""
        ...

    async def release(
        self, resource: str, kind: LockKind, entry: Entry, now: datetime
    ) -> Lock | None:
        """Release it and return what was held; None when nothing was."""
        ...

    async def held(self, now: datetime) -> tuple[Lock, ...]:
        """All unexpired ones, oldest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The parts of the truth, together."""

    inbox: Inbox
    audit: AuditLog
    requests: Requests
    runs: Runs
    locks: Locks
    cards: Cards
    hooks: Hooks
    incidents: Incidents
    pages: Pages
    posts: Posts
    pulse: Pulse
    ticks: Ticks
