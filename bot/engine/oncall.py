"""Who is on call on each level, as fresh as a minute: read beside the pages, never before one.

A page does not wait for this: what is not known, or not fresh, counts as somebody being there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.pager import OnCall
from bot.engine.world import World

REFRESH_SECONDS = 45.0
FRESH = timedelta(seconds=120)
"""Older knowledge is not acted on: PagerDuty may have been away, and people change shifts."""


class Roster:
    """What was last read. One a process."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._levels: Mapping[int, tuple[OnCall, ...]] = {}
        self._read_at: datetime | None = None

    async def refresh(self) -> None:
        """Ask PagerDuty. Raises as the port does; the last answer stands then."""
        self._levels = await self._world.pager.on_call()
        self._read_at = self._world.clock.now()

    def is_empty(self, level: int) -> bool:
        """Whether it is known, and freshly, that a page of this level would ring nobody."""
        if self._read_at is None or self._world.clock.now() - self._read_at > FRESH:
            return False
        return level in self._levels and not reachable(self._levels[level])


def reachable(people: tuple[OnCall, ...]) -> tuple[OnCall, ...]:
    """Those whom a page rings at once: the first rung of the level's PagerDuty policy."""
    return tuple(person for person in people if person.rung == 1)
