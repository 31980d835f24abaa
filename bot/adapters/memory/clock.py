"""A clock that tests move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
"""Three in the morning, when runbooks are read."""


class MemoryClock:
    """Twin of bot.adapters.clock.DatabaseClock: it stands still until it is moved."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        """The instant it was moved to."""
        return self._now

    def advance(self, seconds: float) -> datetime:
        """Move on, and say to where."""
        self._now += timedelta(seconds=seconds)
        return self._now
