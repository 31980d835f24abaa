"""Ticks of checklists: a row each. What changes raises the card's version by a trigger
(migrations: ticks).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.adapters.postgres.audit import append
from bot.adapters.postgres.pool import Connection, Pool, connected, rows, transaction
from bot.adapters.stored import clean
from bot.domain.audit import Entry
from bot.domain.checklist import Tick


class PostgresTicks:
    """bot.ports.Ticks."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, subject: str) -> tuple[Tick, ...]:
        """All of them, in the order in which they were ticked."""
        async with connected(self._pool) as connection:
            return await _of(connection, subject)

    async def set(
        self,
        subject: str,
        *,
        ticked: Collection[str],
        known: Collection[str],
        by: str,
        entry: Entry,
        now: datetime,
    ) -> tuple[Tick, ...]:
        """Tick and untick in one transaction with its audit row; all ticks afterwards."""
        wanted = sorted({clean(key) for key in ticked})
        dropped = sorted({clean(key) for key in known} - set(wanted))
        async with transaction(self._pool) as connection:
            await rows(connection, "queue_for_ticks", subject=subject)
            gone = await rows(connection, "untick", subject=subject, keys=dropped)
            new = await rows(
                connection, "tick", subject=subject, keys=wanted, actor=clean(by), now=now
            )
            if gone or new:
                detail = {"ticked": _keys(new), "unticked": _keys(gone)}
                await append(connection, entry, now, detail=detail)
            return await _of(connection, subject)


def _keys(found: list[dict[str, str]]) -> list[str]:
    return sorted(one["key"] for one in found)


async def _of(connection: Connection, subject: str) -> tuple[Tick, ...]:
    found = await rows(connection, "ticks_of", subject=subject)
    return tuple(Tick(**tick) for tick in found)
