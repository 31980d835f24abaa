"""One attempt's hold on a step: the fence against a worker that was only asleep.

A lease runs by the database's time and is renewed while the attempt lives; another worker may
claim the step only after it has run out. `check` is asked in the last moment before bytes go
to AWS, so a process stopped past its lease (SIGSTOP, long pause) sends nothing when it wakes.
What is left open is a request that is already on the wire.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from bot.errors import Fenced, Temporary
from bot.ports import Clock, Runs

SECONDS = 4.0
"""How long a lease lasts. With Procrastinate's stalled-after and reaper (docs/adr), another
worker goes on within 10 s."""

RENEWED_EVERY = 1.0
MARGIN = 0.5
"""Seconds before the end in which nothing is begun any more."""


class Lease:
    """Held on (run, position) by `attempt` until `until`."""

    def __init__(
        self, clock: Clock, runs: Runs, *, run: int, position: int, attempt: int, until: datetime
    ) -> None:
        self._clock = clock
        self._runs = runs
        self._run = run
        self._position = position
        self._attempt = attempt
        self._until = until
        self._lost = False

    def check(self) -> None:
        """Raise Fenced unless the lease certainly still holds. Callable from any thread."""
        if self._lost or self._clock.now() >= self._until - timedelta(seconds=MARGIN):
            raise Fenced(f"R{self._run} step {self._position} is another worker's now")

    async def renew(self) -> bool:
        """Prolong it once; False when it is gone for good."""
        until = lease_end(self._clock.now())
        if not await self._runs.renew(
            self._run, self._position, attempt=self._attempt, lease_until=until
        ):
            self._lost = True
            return False
        self._until = until
        return True

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Renew it in the background for as long as the block runs."""
        renewing = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(RENEWED_EVERY)
            # A database that does not answer now may answer before the lease ends.
            with suppress(Temporary):
                if not await self.renew():
                    return


def lease_end(now: datetime) -> datetime:
    """When a lease taken or renewed now ends."""
    return now + timedelta(seconds=SECONDS)
