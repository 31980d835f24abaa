"""The time: the database's, kept by this host's monotonic clock in between.

The one place that asks. A host whose clock is wrong does no harm: it is measured against the
database at start and every 30 s (`keep`), and `now` involves no I/O.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime, timedelta

from bot.adapters.postgres.pool import Pool, connected, row
from bot.errors import OperationFailed, Temporary

REFRESH_SECONDS = 30.0

log = logging.getLogger("filmops.clock")


class DatabaseClock:
    """bot.ports.Clock. Made by `build_clock`, which takes the first measure."""

    def __init__(self, measured: datetime, at: float) -> None:
        self._measured = measured
        self._at = at

    def now(self) -> datetime:
        """The present instant by the database's clock, aware UTC."""
        return self._measured + timedelta(seconds=time.monotonic() - self._at)

    async def refresh(self, pool: Pool) -> None:
        """Measure anew; raise Temporary when the database does not answer."""
        self._measured, self._at = await _measure(pool)

    async def keep(self, pool: Pool, stop: asyncio.Event) -> None:
        """Refresh every 30 s until `stop`; while the database is away the last measure stands."""
        while not stop.is_set():
            try:
                await asyncio.wait_for(stop.wait(), REFRESH_SECONDS)
            except TimeoutError:
                try:
                    await self.refresh(pool)
                except (Temporary, OperationFailed) as fault:
                    log.warning("the clock was not refreshed: %s", fault.message)


async def build_clock(pool: Pool) -> DatabaseClock:
    """A clock that has been measured once; raises Temporary when the database is away."""
    return DatabaseClock(*await _measure(pool))


async def _measure(pool: Pool) -> tuple[datetime, float]:
    """The database's time and the monotonic instant halfway through asking for it."""
    async with connected(pool) as connection:
        asked = time.monotonic()
        found = await row(connection, "ask_time")
        answered = time.monotonic()
    if found is None:
        raise OperationFailed("the database gave no time")
    measured: datetime = found["now"]
    return measured, (asked + answered) / 2
