"""Instants as people type them: `15:30`, `2026-11-24T15:30Z`, `+20m`.

Before: a word of a command, and the moment it is read. After: a param, in UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, tzinfo

from bot.domain.duration import parse_duration

FARTHEST = timedelta(days=366)
"""Further ahead is a mistyped number."""

_HOW = "write a time like 15:30, +20m or 2026-11-24T15:30Z"
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(z?)", re.ASCII)
_WHOLE = re.compile(
    r"20\d\d-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(z|[+-]\d\d:\d\d)?", re.ASCII
)


def parse_instant(text: str, *, now: datetime, zone: tzinfo) -> datetime:
    """The instant in UTC. A time of the day is the next one a clock in `zone` shows (with `Z`: in
    UTC); a date without an offset is `zone`'s, and may be over. `now` is aware. Raises ValueError.
    """
    word = text.strip().lower()
    if word.startswith("+"):
        length = parse_duration(word[1:])
        if length > FARTHEST:
            raise ValueError("a year ahead is the farthest")
        return (now + length).astimezone(UTC)
    clock = _CLOCK.fullmatch(word)
    if clock:
        return _next(time(int(clock[1]), int(clock[2])), now, UTC if clock[3] else zone)
    if not _WHOLE.fullmatch(word):
        raise ValueError(_HOW)
    at = datetime.fromisoformat(word.upper())
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _next(clock: time, now: datetime, zone: tzinfo) -> datetime:
    today = now.astimezone(zone).date()
    # A clock put forward does not show some times that day, one put back shows some twice.
    days = (today + timedelta(days=ahead) for ahead in range(3))
    shown = (
        datetime.combine(day, clock, zone).replace(fold=fold).astimezone(UTC)
        for day in days
        for fold in (0, 1)
    )
    return next(at for at in shown if at > now and at.astimezone(zone).time() == clock)
