"""Twin of the inbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.adapters.memory.tables import Tables, Taken
from bot.adapters.stored import plain
from bot.ports import Delivery

KEPT = timedelta(days=1)


class MemoryInbox:
    """bot.ports.Inbox."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def take(self, delivery: Delivery, now: datetime) -> bool:
        """Write it down; False when it was there already."""
        if delivery.key in self._tables.inbox:
            return False
        stored = replace(delivery, payload=plain(delivery.payload))
        self._tables.inbox[delivery.key] = Taken(delivery=stored, taken_at=now)
        return True

    async def done(self, key: str, now: datetime) -> None:
        """It has been dealt with; its payload is forgotten."""
        taken = self._tables.inbox.get(key)
        if taken is not None and taken.done_at is None:
            taken.done_at = now
            taken.delivery = replace(taken.delivery, payload={})

    async def claim(
        self, *, now: datetime, lease_until: datetime, limit: int, times: int
    ) -> tuple[Delivery, ...]:
        """Take those not done and not leased, oldest first; forget those long done."""
        inbox = self._tables.inbox
        for key, taken in tuple(inbox.items()):
            if taken.done_at is not None and taken.done_at < now - KEPT:
                del inbox[key]
        left = [
            taken
            for taken in inbox.values()
            if taken.done_at is None
            and taken.claims < times
            and (taken.lease_until is None or taken.lease_until <= now)
        ]
        left.sort(key=lambda taken: (taken.taken_at, taken.delivery.key))
        del left[limit:]
        for taken in left:
            taken.claims += 1
            taken.lease_until = lease_until
        return tuple(replace(taken.delivery, claims=taken.claims) for taken in left)
