"""Signs of life: one row a process and kind of cycle."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.adapters.postgres.pool import Pool, connected, row, run
from bot.adapters.stored import clean

KEPT = timedelta(days=7)
"""How long a silent owner, or a turn that was taken, is remembered."""


class PostgresPulse:
    """bot.ports.Pulse."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def beat(self, name: str, owner: str, now: datetime) -> None:
        """`owner` has finished a cycle of `name`."""
        async with connected(self._pool) as connection:
            await run(
                connection,
                "beat",
                name=clean(name),
                owner=clean(owner),
                now=now,
                before=now - KEPT,
            )

    async def last(self, name: str) -> datetime | None:
        """The newest beat of that name, of whichever owner."""
        async with connected(self._pool) as connection:
            found = await row(connection, "last_beat", name=clean(name))
        return None if found is None else found["at"]

    async def turn(self, name: str, *, since: datetime, now: datetime) -> bool:
        """Take what is done once by all processes together."""
        async with connected(self._pool) as connection:
            taken = await row(connection, "take_turn", name=clean(name), since=since, now=now)
        return taken is not None
