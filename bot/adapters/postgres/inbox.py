"""Slack's deliveries, written down before they are acknowledged."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.adapters.postgres.pool import Pool, connected, row, rows, run, transaction
from bot.adapters.stored import clean, written
from bot.ports import Delivery

KEPT = timedelta(days=1)
"""How long a dealt-with delivery is remembered; Slack repeats one for an hour at most."""


class PostgresInbox:
    """bot.ports.Inbox."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def take(self, delivery: Delivery, now: datetime) -> bool:
        """Write it down; False when it was there already."""
        async with connected(self._pool) as connection:
            taken = await row(
                connection,
                "take_delivery",
                key=clean(delivery.key),
                kind=delivery.kind,
                payload=written(delivery.payload),
                now=now,
            )
        return taken is not None

    async def done(self, key: str, now: datetime) -> None:
        """It has been dealt with; its payload is forgotten."""
        async with connected(self._pool) as connection:
            await run(connection, "finish_delivery", key=clean(key), now=now)

    async def claim(
        self, *, now: datetime, lease_until: datetime, limit: int, times: int
    ) -> tuple[Delivery, ...]:
        """Take those not done and not leased, oldest first; forget those long done."""
        async with transaction(self._pool) as connection:
            await run(connection, "forget_deliveries", before=now - KEPT)
            found = await rows(
                connection,
                "claim_deliveries",
                now=now,
                lease_until=lease_until,
                limit=limit,
                times=times,
            )
        found.sort(key=lambda delivery: (delivery["taken_at"], delivery["key"]))
        return tuple(
            Delivery(
                key=delivery["key"],
                kind=delivery["kind"],
                payload=delivery["payload"],
                claims=delivery["claims"],
            )
            for delivery in found
        )
