"""Twin of the requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.adapters.judged import AUDITED, COUNTS, STATE_AFTER, outcome
from bot.adapters.memory.tables import CardRow, Tables
from bot.adapters.stored import PLAN, plain
from bot.domain.audit import Entry
from bot.domain.request import Approval, Decided, Decision, Request, RequestState
from bot.ports import Card


class MemoryRequests:
    """bot.ports.Requests."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def open(self, request: Request, entry: Entry) -> Request:
        """Store a planned request, its card wanted, and return it with its id."""
        number = len(self._tables.requests) + 1
        stored = replace(
            request,
            id=number,
            params=plain(request.params),
            plan=PLAN.validate_python(plain(PLAN.dump_python(request.plan))),
            approvals=(),
        )
        self._tables.append(entry, request.asked_at, detail={"request": stored.name})
        self._tables.keep_request(stored)
        card = Card(subject=stored.name, channel=request.channel, wanted=1, shown=0)
        self._tables.cards[stored.name] = CardRow(card=card, changed=next(self._tables.order))
        return stored

    async def get(self, request_id: int) -> Request | None:
        """One request with its approvals."""
        return self._tables.requests.get(request_id)

    async def decide(self, request_id: int, approval: Approval, entry: Entry) -> Decision | None:
        """Count one answer; None for an unknown request."""
        request = self._tables.requests.get(request_id)
        if request is None:
            return None
        decided = outcome(request, approval)
        after = request
        if decided in AUDITED:
            self._tables.append(entry, approval.at, detail={"outcome": decided})
        if decided in COUNTS:
            after = replace(after, approvals=(*after.approvals, approval))
        if decided in STATE_AFTER:
            settled_at = None if decided is Decided.APPROVED else approval.at
            after = replace(after, state=STATE_AFTER[decided], settled_at=settled_at)
        self._tables.keep_request(after)
        return Decision(outcome=decided, request=after)

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
        request = self._tables.requests.get(request_id)
        if request is None or request.state is not expected:
            return False
        self._tables.append(entry, now)
        self._tables.keep_request(replace(request, state=state, note=note, settled_at=now))
        return True

    async def overdue(self, now: datetime) -> tuple[Request, ...]:
        """Planned requests past their expiry."""
        late = [r for r in self._in(RequestState.PLANNED) if r.expires_at <= now]
        return tuple(sorted(late, key=lambda request: (request.expires_at, request.id)))

    async def to_remind(self, now: datetime, *, after: Mapping[str, float]) -> tuple[Request, ...]:
        """Planned, unexpired requests whose one reminder is due; marks them reminded."""
        due = tuple(
            request
            for request in self._in(RequestState.PLANNED)
            if request.id not in self._tables.reminded
            and request.expires_at > now
            and request.risk in after
            and request.asked_at + timedelta(seconds=after[request.risk]) <= now
        )
        self._tables.reminded.update(request.id for request in due)
        return due

    async def recent(self, *, resource: str | None = None, limit: int = 20) -> tuple[Request, ...]:
        """The newest requests first."""
        newest = reversed(self._tables.requests.values())
        found = [r for r in newest if resource is None or r.plan.resource == resource]
        return tuple(found[:limit])

    async def waiting(self) -> tuple[Request, ...]:
        """Those planned or approved, oldest first."""
        return tuple(self._in(RequestState.PLANNED, RequestState.APPROVED))

    def _in(self, *states: RequestState) -> Iterable[Request]:
        return (r for r in self._tables.requests.values() if r.state in states)
