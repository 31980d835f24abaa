"""Who is on call on each level, as fresh as a minute: read beside the pages, never before one.

A page does not wait for this: what is not known, or not fresh, counts as somebody being there.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.domain.live import Missing
from bot.domain.roster import Known, reachable
from bot.errors import ConfigurationError, OperationFailed, Temporary
from bot.ports import Clock, Pager

REFRESH_SECONDS = 45.0
FRESH = timedelta(seconds=120)
"""Older knowledge is not acted on: PagerDuty may have been away, and people change shifts."""

SHOWN = timedelta(seconds=60)
"""Older knowledge is not shown either: at night one rings whom one sees there."""

PATIENCE_SECONDS = 4.0
"""What a person waits for PagerDuty before they are shown what was read last."""


class Roster:
    """What was last read. One a process."""

    def __init__(self, pager: Pager, clock: Clock) -> None:
        self._pager = pager
        self._clock = clock
        self._known: Known | None = None

    async def refresh(self) -> Known:
        """Ask PagerDuty. Raises as the port does; the last answer stands then."""
        levels = await self._pager.on_call()
        self._known = Known(levels=levels, read_at=self._clock.now())
        return self._known

    async def look(self) -> Known | Missing:
        """As of now; or what was read a minute ago at most, when PagerDuty is slow or fails."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self.refresh()
        except TimeoutError:
            missing = Missing(reason=f"PagerDuty has not answered within {PATIENCE_SECONDS:g} s")
        except (Temporary, OperationFailed, ConfigurationError) as fault:
            missing = Missing(reason=fault.message)
        known = self._known
        fresh = known is not None and self._clock.now() - known.read_at <= SHOWN
        return known if known is not None and fresh else missing

    def is_empty(self, level: int) -> bool:
        """Whether it is known, and freshly, that a page of this level would ring nobody."""
        known = self._known
        if known is None or self._clock.now() - known.read_at > FRESH:
            return False
        return level in known.levels and not reachable(known.levels[level])
