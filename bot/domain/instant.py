"""Instants as people type them: `15:30`, `2026-11-24T15:30Z`, `+20m`.

Before: a word of a command, and the moment it is read. After: a param, in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo

from bot.domain.duration import parse_duration

FARTHEST = timedelta(days=366)
"""Further ahead is a mistyped number."""

_OLDEST = timedelta(days=3660)
_HOW_LONG = "write a time like 7d, 2026-11-24 or 2026-11-24T15:30Z"
_DAY = re.compile(r"20\d\d-\d\d-\d\d", re.ASCII)
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


def today_at(at: time, *, now: datetime, zone: tzinfo) -> datetime:
    """When a clock in `zone` shows that time on the day it is there now; in UTC."""
    return (
        now.astimezone(zone)
        .replace(hour=at.hour, minute=at.minute, second=at.second, microsecond=0, fold=0)
        .astimezone(UTC)
    )


def parse_since(text: str, *, now: datetime, zone: tzinfo) -> datetime:
    """How far back, as an instant in UTC: `7d` ago, `15:30` when a clock in `zone` last showed it,
    a day, or an instant with a date. Raises ValueError for what is not over.
    """
    word = text.strip().lower()
    clock, day = _CLOCK.fullmatch(word), _DAY.fullmatch(word)
    if clock:
        return _last(time(int(clock[1]), int(clock[2])), now, UTC if clock[3] else zone)
    if day:
        at = datetime.fromisoformat(word).replace(tzinfo=zone).astimezone(UTC)
    elif _WHOLE.fullmatch(word):
        at = parse_instant(word, now=now, zone=zone)
    else:
        at = _ago(word, now)
    if at > now:
        raise ValueError("that is still to come")
    return at


def _ago(word: str, now: datetime) -> datetime:
    try:
        length = parse_duration(word)
    except ValueError:
        raise ValueError(_HOW_LONG) from None
    if length > _OLDEST:
        raise ValueError("ten years are the furthest back")
    return (now - length).astimezone(UTC)


def _next(clock: time, now: datetime, zone: tzinfo) -> datetime:
    return next(at for at in _shown(clock, now, zone, range(3)) if at > now)


def _last(clock: time, now: datetime, zone: tzinfo) -> datetime:
    return max(at for at in _shown(clock, now, zone, range(-2, 1)) if at <= now)


def _shown(clock: time, now: datetime, zone: tzinfo, days: range) -> Iterator[datetime]:
    """When a clock in the zone shows that time, on the days so far from today, in order.

    A clock put forward does not show some times that day, one put back shows some twice.
    """
    today = now.astimezone(zone).date()
    for ahead in days:
        for fold in (0, 1):
            day = today + timedelta(days=ahead)
            at = datetime.combine(day, clock, zone).replace(fold=fold).astimezone(UTC)
            if at.astimezone(zone).time() == clock:
                yield at
