"""Requests with their plans and approvals.

A request's card is made in the transaction that opens it; later changes raise the card's
version by triggers (migrations/0003_subjects.sql).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.adapters.judged import AUDITED, COUNTS, STATE_AFTER, outcome
from bot.adapters.postgres.audit import append
from bot.adapters.postgres.pool import Connection, Pool, connected, row, rows, run, transaction
from bot.adapters.stored import PLAN, REQUEST, clean, plain, written
from bot.domain.audit import Entry
from bot.domain.request import Approval, Decided, Decision, Request, RequestState
from bot.topology import Risk


class PostgresRequests:
    """bot.ports.Requests."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def open(self, request: Request, entry: Entry) -> Request:
        """Store a planned request, its card wanted, and return it with its id."""
        async with transaction(self._pool) as connection:
            made = await row(connection, "insert_request", **_columns(request))
            if made is None:
                raise LookupError("an INSERT that returns its id returned none")
            name = f"R{made['id']}"
            await run(connection, "insert_card", subject=name, channel=clean(request.channel))
            await append(connection, entry, request.asked_at, detail={"request": name})
            stored = await _get(connection, made["id"])
        if stored is None:
            raise LookupError(f"{name} was stored and is not there")
        return stored

    async def get(self, request_id: int) -> Request | None:
        """One request with its approvals."""
        async with connected(self._pool) as connection:
            return await _get(connection, request_id)

    async def decide(self, request_id: int, approval: Approval, entry: Entry) -> Decision | None:
        """Count one answer under the request's row lock; None for an unknown request."""
        async with transaction(self._pool) as connection:
            await row(connection, "lock_request", id=request_id)
            request = await _get(connection, request_id)
            if request is None:
                return None
            decided = outcome(request, approval)
            if decided in COUNTS:
                await run(
                    connection,
                    "insert_approval",
                    request=request_id,
                    actor=clean(approval.actor),
                    answer=approval.answer,
                    plan_hash=approval.plan_hash,
                    at=approval.at,
                )
            if decided in STATE_AFTER:
                approved = decided is Decided.APPROVED
                await run(
                    connection,
                    "set_request",
                    id=request_id,
                    state=STATE_AFTER[decided],
                    settled_at=None if approved else approval.at,
                )
            if decided in AUDITED:
                await append(connection, entry, approval.at, detail={"outcome": decided})
            after = await _get(connection, request_id)
        return Decision(outcome=decided, request=after or request)

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
        async with transaction(self._pool) as connection:
            settled = await row(
                connection,
                "settle_request",
                id=request_id,
                expected=expected,
                state=state,
                note=clean(note),
                now=now,
            )
            if settled is None:
                return False
            await append(connection, entry, now)
            return True

    async def overdue(self, now: datetime) -> tuple[Request, ...]:
        """Planned requests past their expiry."""
        return await self._many("overdue_requests", now=now)

    async def to_remind(self, now: datetime, *, after: Mapping[str, float]) -> tuple[Request, ...]:
        """Planned, unexpired requests whose one reminder is due; marks them reminded."""
        async with transaction(self._pool) as connection:
            marked = await rows(
                connection,
                "mark_reminded",
                now=now,
                risks=[str(risk) for risk in after],
                waits=[timedelta(seconds=seconds) for seconds in after.values()],
            )
            ids = [found["id"] for found in marked]
            found = await rows(connection, "requests_by_id", ids=ids)
        return tuple(REQUEST.validate_python(request) for request in found)

    async def recent(self, *, resource: str | None = None, limit: int = 20) -> tuple[Request, ...]:
        """The newest requests first."""
        if resource is None:
            return await self._many("recent_requests", limit=limit)
        return await self._many("recent_requests_of", resource=resource, limit=limit)

    async def waiting(self) -> tuple[Request, ...]:
        """Those planned or approved, oldest first."""
        return await self._many("waiting_requests")

    async def _many(self, name: str, **params: Any) -> tuple[Request, ...]:
        async with connected(self._pool) as connection:
            found = await rows(connection, name, **params)
        return tuple(REQUEST.validate_python(request) for request in found)


async def _get(connection: Connection, request_id: int) -> Request | None:
    found = await row(connection, "get_request", id=request_id)
    return None if found is None else REQUEST.validate_python(found)


def _columns(request: Request) -> dict[str, Any]:
    return {
        "operation": clean(request.operation),
        "params": written(request.params),
        "words": clean(request.words),
        "actor": clean(request.actor),
        "channel": clean(request.channel),
        "risk": Risk(request.risk),
        "resource": clean(request.plan.resource),
        "plan": written(plain(PLAN.dump_python(request.plan))),
        "needed": request.needed,
        "asked_at": request.asked_at,
        "expires_at": request.expires_at,
        "reason": clean(request.reason),
        "state": request.state,
        "note": clean(request.note),
        "settled_at": request.settled_at,
    }
