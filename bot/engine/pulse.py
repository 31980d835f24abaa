"""Does anybody mind the time? What schedulers say of themselves, and what follows from silence.

Before it: the scheduler, after each cycle it has finished. After it: `/healthz`, `/metrics` and
the auditor's word to the heartbeat outside.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.engine.world import World
from bot.errors import FilmOpsError

ESCALATION = "escalation"
AUDITOR = "auditor"

SILENT = timedelta(seconds=30)
"""Six nets of five seconds missed: no scheduler is paging anybody."""

SPARING = timedelta(seconds=2)
"""Between two beats written down: a storm wakes the escalation hundreds of times a second."""


class Beats:
    """One process' signs of life, written down sparingly. `owner` is a name no other has."""

    def __init__(self, world: World, *, owner: str) -> None:
        self._world = world
        self._owner = owner
        self._written: dict[str, datetime] = {}

    async def finished(self, name: str) -> None:
        """A cycle of that name has come to its end. Raises as the store does."""
        now = self._world.clock.now()
        before = self._written.get(name)
        if before is not None and now - before < SPARING:
            return
        await self._world.store.pulse.beat(name, self._owner, now)
        self._written[name] = now


async def database(world: World) -> str:
    """What keeps the database from answering; nothing when it does."""
    try:
        await world.store.audit.head()
    except FilmOpsError as fault:
        return f"the database does not answer: {fault.message}"
    return ""


async def silence(world: World) -> str:
    """Since when no scheduler has finished a cycle; nothing when one has, lately. Raises
    Temporary as the store does.
    """
    last = await world.store.pulse.last(ESCALATION)
    if last is None:
        return "no scheduler has finished a cycle yet: nobody would be paged"
    if world.clock.now() - last <= SILENT:
        return ""
    return (
        f"no scheduler has finished a cycle since {last:%Y-%m-%d %H:%M:%S} UTC: "
        "nobody would be paged"
    )


async def wrong(world: World) -> str:
    """What keeps FilmOps as a whole from its work, the database first; nothing when all is well."""
    try:
        return await database(world) or await silence(world)
    except FilmOpsError as fault:
        return f"the database does not answer: {fault.message}"
