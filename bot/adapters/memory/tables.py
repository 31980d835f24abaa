"""What the twins of the store share: the tables, and what the database's triggers do to them.

Nothing here awaits, so each method of a twin is one transaction. Values go in and out through
JSON as in PostgreSQL: what a caller does to its own mapping afterwards changes nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from bot.adapters.stored import clean, plain
from bot.domain.audit import GENESIS, Entry, Head, Row, chain
from bot.domain.checklist import Tick
from bot.domain.incident import Escalation, Happening, Incident, Page
from bot.domain.lock import Lock, LockKind
from bot.domain.post import Post
from bot.domain.request import Request
from bot.domain.run import ChangeLogEntry, Run
from bot.ports import Card, Delivery, Hook, ThreadNote


@dataclass(slots=True, kw_only=True)
class Taken:
    """A delivery and what became of it."""

    delivery: Delivery
    taken_at: datetime
    lease_until: datetime | None = None
    claims: int = 0
    done_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class CardRow:
    """A card and what its reader does not see. `changed` orders by the oldest unshown change."""

    card: Card
    changed: int
    next_at: datetime | None = None
    lease_until: datetime | None = None


@dataclass(slots=True, kw_only=True)
class NoteRow:
    """A note in the outbox; `ts` when it is posted."""

    note: ThreadNote
    next_at: datetime | None = None
    lease_until: datetime | None = None
    ts: str | None = None


@dataclass(slots=True, kw_only=True)
class HookRow:
    """A hook and what became of it; `next_at` is also the end of a lease."""

    hook: Hook
    taken_at: datetime
    next_at: datetime
    said: str = ""
    given_up: bool = False
    done_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class PageRow:
    """A page and what its reader does not see: who sends it, and whether it is still wanted."""

    page: Page
    owner: str = ""
    needed: bool = True


@dataclass(slots=True)
class Tables:
    """All of it. Dicts keep their order of insertion, as the sequences do in PostgreSQL."""

    inbox: dict[str, Taken] = field(default_factory=dict)
    audit: list[Row] = field(default_factory=list)
    requests: dict[int, Request] = field(default_factory=dict)
    reminded: set[int] = field(default_factory=set)
    runs: dict[int, Run] = field(default_factory=dict)
    changes: list[ChangeLogEntry] = field(default_factory=list)
    locks: dict[tuple[LockKind, str], Lock] = field(default_factory=dict)
    cards: dict[str, CardRow] = field(default_factory=dict)
    notes: dict[str, NoteRow] = field(default_factory=dict)
    hooks: dict[str, HookRow] = field(default_factory=dict)
    pulses: dict[tuple[str, str], datetime] = field(default_factory=dict)
    budgets: dict[str, datetime] = field(default_factory=dict)
    incidents: dict[int, Incident] = field(default_factory=dict)
    silent: set[int] = field(default_factory=set)
    escalations: dict[str, Escalation] = field(default_factory=dict)
    pages: dict[str, PageRow] = field(default_factory=dict)
    happenings: list[tuple[int, Happening]] = field(default_factory=list)
    posts: dict[int, Post] = field(default_factory=dict)
    ticks: dict[tuple[str, str], Tick] = field(default_factory=dict)
    order: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def head(self) -> Head:
        """The last audit row's number and hash."""
        if not self.audit:
            return Head(number=0, hash=GENESIS)
        return Head(number=self.audit[-1].number, hash=self.audit[-1].hash)

    def append(self, entry: Entry, at: datetime, *, detail: Mapping[str, Any] | None = None) -> int:
        """Write an audit row; called before anything else changes, since it alone may fail."""
        head = self.head
        stored = Entry(
            actor=clean(entry.actor),
            action=clean(entry.action),
            subject=clean(entry.subject),
            detail=plain({**entry.detail, **(detail or {})}),
        )
        row = Row(
            number=head.number + 1,
            at=at.astimezone(UTC),
            entry=stored,
            previous=head.hash,
            hash=chain(head.number + 1, at, stored, head.hash),
        )
        self.audit.append(row)
        return row.number

    def want(self, subject: str) -> None:
        """What the triggers do after a change: the card is to be shown anew."""
        row = self.cards.get(subject)
        if row is None:
            return
        if row.card.wanted <= row.card.shown:
            row.changed = next(self.order)
        row.card = replace(row.card, wanted=row.card.wanted + 1)

    def keep_request(self, request: Request) -> None:
        """Store a request; its card is wanted when people would see a difference."""
        before = self.requests.get(request.id)
        self.requests[request.id] = request
        if before is not None and before != request:
            self.want(request.name)

    def keep_run(self, run: Run) -> None:
        """Store a run; its card is wanted when people would see a difference."""
        before = self.runs.get(run.id)
        self.runs[run.id] = run
        if before is not None and _seen(before) != _seen(run):
            self.want(run.name)


def _seen(run: Run) -> tuple[object, ...]:
    """What the triggers compare: not leases, not attempts."""
    steps = [(s.state, s.deaths, s.progress, s.result, s.promoted_by) for s in run.steps]
    return (run.state, run.control, run.note, run.turned, steps)
