"""Twins of the signs of life: those in the store, and the service outside that listens."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.adapters.memory.tables import Tables
from bot.adapters.stored import clean
from bot.errors import FilmOpsError

KEPT = timedelta(days=7)


class MemoryPulse:
    """bot.ports.Pulse."""

    def __init__(self, tables: Tables) -> None:
        self._pulses = tables.pulses

    async def beat(self, name: str, owner: str, now: datetime) -> None:
        """`owner` has finished a cycle of `name`."""
        ours = clean(name), clean(owner)
        for key, at in tuple(self._pulses.items()):
            if key != ours and at < now - KEPT:
                del self._pulses[key]
        self._pulses[ours] = max(now, self._pulses.get(ours, now))

    async def last(self, name: str) -> datetime | None:
        """The newest beat of that name, of whichever owner."""
        return max((at for (of, _), at in self._pulses.items() if of == clean(name)), default=None)

    async def turn(self, name: str, *, since: datetime, now: datetime) -> bool:
        """Take what is done once by all processes together."""
        key = clean(name), ""
        taken = self._pulses.get(key)
        if taken is not None and taken >= since:
            return False
        self._pulses[key] = now
        return True


class MemoryHeartbeat:
    """bot.ports.Heartbeat: `heard` counts, `failing` is raised instead when it is set."""

    def __init__(self) -> None:
        self.heard = 0
        self.failing: FilmOpsError | None = None

    async def beat(self) -> None:
        """Hear it."""
        if self.failing is not None:
            raise self.failing
        self.heard += 1
