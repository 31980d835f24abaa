"""Twin of the locks and freezes."""

from __future__ import annotations

from datetime import datetime

from bot.adapters.memory.tables import Tables
from bot.domain.audit import Entry
from bot.domain.lock import Lock, LockKind


class MemoryLocks:
    """bot.ports.Locks."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def take(self, lock: Lock, entry: Entry) -> Lock | None:
        """Take it; or return who holds the same kind on the same resource (unexpired)."""
        holder = self._tables.locks.get((lock.kind, lock.resource))
        if holder is not None and holder.expires_at > lock.taken_at:
            return holder
        self._tables.append(entry, lock.taken_at)
        self._tables.locks[lock.kind, lock.resource] = lock
        return None

    async def release(
        self, resource: str, kind: LockKind, entry: Entry, now: datetime
    ) -> Lock | None:
        """Release it and return what was held; None when nothing was."""
        held = self._tables.locks.get((kind, resource))
        if held is None or held.expires_at <= now:
            return None
        self._tables.append(entry, now)
        del self._tables.locks[kind, resource]
        return held

    async def held(self, now: datetime) -> tuple[Lock, ...]:
        """All unexpired ones, oldest first."""
        found = [lock for lock in self._tables.locks.values() if lock.expires_at > now]
        return tuple(sorted(found, key=lambda lock: (lock.taken_at, lock.kind, lock.resource)))
