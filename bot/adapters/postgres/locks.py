"""Locks and freezes: at most one of a kind on a resource."""

from __future__ import annotations

from datetime import datetime

from bot.adapters.postgres.audit import append
from bot.adapters.postgres.pool import Pool, connected, row, rows, transaction
from bot.adapters.stored import LOCK, clean
from bot.domain.audit import Entry
from bot.domain.lock import Lock, LockKind


class PostgresLocks:
    """bot.ports.Locks."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def take(self, lock: Lock, entry: Entry) -> Lock | None:
        """Take it; or return who holds the same kind on the same resource (unexpired)."""
        while True:
            async with transaction(self._pool) as connection:
                taken = await row(
                    connection,
                    "take_lock",
                    kind=lock.kind,
                    resource=clean(lock.resource),
                    owner=clean(lock.owner),
                    reason=clean(lock.reason),
                    taken_at=lock.taken_at,
                    expires_at=lock.expires_at,
                )
                if taken is not None:
                    await append(connection, entry, lock.taken_at)
                    return None
                holder = await row(
                    connection, "get_lock", kind=lock.kind, resource=clean(lock.resource)
                )
            # None: released between the two statements, so it is worth another try.
            if holder is not None:
                return LOCK.validate_python(holder)

    async def release(
        self, resource: str, kind: LockKind, entry: Entry, now: datetime
    ) -> Lock | None:
        """Release it and return what was held; None when nothing was."""
        async with transaction(self._pool) as connection:
            held = await row(
                connection, "release_lock", kind=kind, resource=clean(resource), now=now
            )
            if held is None:
                return None
            await append(connection, entry, now)
        return LOCK.validate_python(held)

    async def held(self, now: datetime) -> tuple[Lock, ...]:
        """All unexpired ones, oldest first."""
        async with connected(self._pool) as connection:
            found = await rows(connection, "held_locks", now=now)
        return tuple(LOCK.validate_python(lock) for lock in found)
