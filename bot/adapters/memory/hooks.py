"""Twin of the hooks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.adapters.memory.tables import HookRow, Tables
from bot.adapters.stored import clean, plain
from bot.ports import Hook

TRIED = timedelta(hours=48)
KEPT = timedelta(hours=72)


class MemoryHooks:
    """bot.ports.Hooks."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def take(self, hook: Hook, now: datetime) -> bool:
        """Write it down; False when that id is known already."""
        key = clean(hook.id)
        if key in self._tables.hooks:
            return False
        stored = replace(hook, id=key, payload=plain(hook.payload), tries=0)
        self._tables.hooks[key] = HookRow(hook=stored, taken_at=now, next_at=now)
        return True

    async def claim(self, *, now: datetime, lease_until: datetime, limit: int) -> tuple[Hook, ...]:
        """Take those not done, due and not leased, oldest first; forget those long done."""
        hooks = self._tables.hooks
        for key, row in tuple(hooks.items()):
            if row.done_at is not None and row.done_at < now - KEPT:
                del hooks[key]
        due = [
            row
            for row in hooks.values()
            if row.done_at is None and not row.given_up and row.next_at <= now
        ]
        due.sort(key=lambda row: (row.taken_at, row.hook.id))
        del due[limit:]
        for row in due:
            row.next_at = lease_until
            row.hook = replace(row.hook, tries=row.hook.tries + 1)
        return tuple(row.hook for row in due)

    async def done(self, id: str, now: datetime) -> None:  # noqa: A002 - the port's word
        """It has been dealt with; its payload is forgotten, its id is not."""
        row = self._tables.hooks.get(clean(id))
        if row is not None and row.done_at is None:
            row.done_at = now
            row.hook = replace(row.hook, payload={})

    async def later(self, id: str, *, next_at: datetime, said: str) -> bool:  # noqa: A002
        """Again then; False when its 48 hours are over."""
        row = self._tables.hooks.get(clean(id))
        if row is None or row.done_at is not None:
            return False
        row.next_at, row.said = next_at, clean(said)
        row.given_up = next_at > row.taken_at + TRIED
        return not row.given_up
