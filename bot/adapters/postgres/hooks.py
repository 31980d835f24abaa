"""Webhooks, written down before they are acknowledged."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.adapters.postgres.pool import Pool, connected, row, rows, run, transaction
from bot.adapters.stored import clean, written
from bot.ports import Hook

TRIED = timedelta(hours=48)
"""How long one that fails is tried again, from its arrival on."""

KEPT = timedelta(hours=72)
"""How long the id of one dealt with is remembered; PagerDuty repeats an event for 48 hours."""


class PostgresHooks:
    """bot.ports.Hooks."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def take(self, hook: Hook, now: datetime) -> bool:
        """Write it down; False when that id is known already."""
        async with connected(self._pool) as connection:
            taken = await row(
                connection,
                "take_hook",
                id=clean(hook.id),
                source=hook.source,
                payload=written(hook.payload),
                now=now,
            )
        return taken is not None

    async def claim(self, *, now: datetime, lease_until: datetime, limit: int) -> tuple[Hook, ...]:
        """Take those not done, due and not leased, oldest first; forget those long done."""
        async with transaction(self._pool) as connection:
            await run(connection, "forget_hooks", before=now - KEPT)
            found = await rows(
                connection, "claim_hooks", now=now, lease_until=lease_until, limit=limit
            )
        found.sort(key=lambda hook: (hook["taken_at"], hook["id"]))
        return tuple(
            Hook(id=hook["id"], source=hook["source"], payload=hook["payload"], tries=hook["tries"])
            for hook in found
        )

    async def done(self, id: str, now: datetime) -> None:  # noqa: A002 - the port's word
        """It has been dealt with; its payload is forgotten, its id is not."""
        async with connected(self._pool) as connection:
            await run(connection, "finish_hook", id=clean(id), now=now)

    async def later(self, id: str, *, next_at: datetime, said: str) -> bool:  # noqa: A002
        """Again then; False when its 48 hours are over."""
        async with connected(self._pool) as connection:
            found = await row(
                connection,
                "postpone_hook",
                id=clean(id),
                next_at=next_at,
                said=clean(said),
                tried=TRIED,
            )
        return found is not None and not found["given_up"]
