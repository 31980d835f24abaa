"""All that the escalation does when it wakes, and when it should wake next.

Before it: the scheduler's clock and the store's word that something is due sooner. Its parts are
independent: what fails or hangs in one keeps nothing in another from being done. Sending comes
first and waits for no other part.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.engine.confirming import confirm
from bot.engine.paging import Paging
from bot.engine.pulse import ESCALATION, Beats
from bot.engine.resuming import resume
from bot.engine.telling import tell
from bot.engine.world import World
from bot.errors import FilmOpsError

log = logging.getLogger("filmops.escalator")

LOOKS_WAIT = timedelta(seconds=3)


class Escalator:
    """One scheduler's. `owner` is a name no other process has."""

    def __init__(self, world: World, *, owner: str) -> None:
        self._world = world
        self.paging = Paging(world, owner=owner)
        self.beats = Beats(world, owner=owner)
        self._busy: dict[str, asyncio.Task[None]] = {}

    async def wake(self) -> datetime | None:
        """Begin whatever is due; when to wake next, by the database's clock. Raises Temporary."""
        await self.paging.send_due()
        instants, now = await self._world.store.pages.instants(), self._world.clock.now()
        # Looks and calls share the cores: while pages wait for room, looks wait a little.
        crowded = instants.send is not None and instants.send <= now
        looked_until = now - LOOKS_WAIT if crowded else now
        if instants.look is not None and instants.look <= looked_until:
            self._begin("confirming", confirm)
        for at, name, do in (
            (instants.tell, "telling", tell),
            (instants.resume, "resuming", resume),
        ):
            if at is not None and at <= now:
                self._begin(name, do)
        await self.beats.finished(ESCALATION)
        return instants.next

    async def drain(self, seconds: float) -> None:
        """Let what is under way end."""
        if self._busy:
            await asyncio.wait(self._busy.values(), timeout=seconds)
        await self.paging.drain(seconds)

    def _begin(self, name: str, do: Callable[[World], Awaitable[int]]) -> None:
        """One of each at a time; it goes on until there is nothing left of its kind."""
        if name in self._busy:
            return
        task = asyncio.create_task(self._until_none(name, do), name=name)
        self._busy[name] = task
        task.add_done_callback(lambda _: self._busy.pop(name, None))

    async def _until_none(self, name: str, do: Callable[[World], Awaitable[int]]) -> None:
        try:
            while await do(self._world):
                pass
        except FilmOpsError as fault:
            log.warning("%s: %s", name, fault.message)
        except Exception:
            log.exception("%s failed", name)
