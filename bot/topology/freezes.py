"""`[[freezes]]`: times in which nothing is deployed, once or every week, by the studio's clock.

After: `bot.domain.calendar` says whether a moment lies in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from bot.topology.names import Value

WEEK = 7 * 24 * 60
"""Minutes."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_POINT = rf"({'|'.join(_DAYS)}) ([01]?\d|2[0-3]):([0-5]\d)"
_WEEKLY = re.compile(rf"{_POINT} ?- ?{_POINT}", re.ASCII | re.IGNORECASE)


class Weekly(Value):
    """From one minute of the week to another, counted from Monday 00:00; `ends` lies after `begins`
    and may lie in the week after.
    """

    begins: int
    ends: int


def _weekly(value: object) -> object:
    match = _WEEKLY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("write it like Fri 16:00 - Mon 08:00")
    begins, ends = _minute(*match.groups()[:3]), _minute(*match.groups()[3:])
    if begins == ends:
        raise ValueError("it begins and ends in the same minute")
    return Weekly(begins=begins, ends=ends if ends > begins else ends + WEEK)


def _minute(day: str, hour: str, minute: str) -> int:
    return (_DAYS.index(day.lower()) * 24 + int(hour)) * 60 + int(minute)


def _datetime(value: object) -> object:
    if isinstance(value, datetime):
        return value
    raise ValueError("write a date with its time, like 2026-12-24T18:00:00, without quotes")


Moment = Annotated[datetime, BeforeValidator(_datetime)]


class PlannedFreeze(Value):
    """Deployments of `services` (empty: of all) wait from `from` until `until`, or `weekly`.

    A time without an offset is the studio's clock's.
    """

    name: Annotated[str, Field(min_length=1, max_length=80)]
    services: tuple[str, ...] = ()
    from_: Moment | None = Field(default=None, alias="from")
    until: Moment | None = None
    weekly: Annotated[Weekly, BeforeValidator(_weekly)] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        once = self.from_ is not None and self.until is not None
        half = self.from_ is not None or self.until is not None
        if half and not once:
            raise ValueError(f"{self.name!r} needs both from and until")
        if once == (self.weekly is not None):
            raise ValueError(f"{self.name!r} needs from and until, or weekly, and not both")
        return self

    def concerns(self, service: str) -> bool:
        """Whether it holds for the service of that key."""
        return not self.services or service in self.services

    def span(self, zone: tzinfo) -> tuple[datetime, datetime] | None:
        """When it holds once, in UTC; None for a weekly one."""
        if self.from_ is None or self.until is None:
            return None
        return instant(self.from_, zone, last=False), instant(self.until, zone, last=True)


def instant(at: datetime, zone: tzinfo, *, last: bool) -> datetime:
    """A time in UTC; without an offset, when a clock in `zone` shows it. One that the clock shows
    twice, or passes over, is two: the first or the last, whichever makes the freeze longer.
    """
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    two = [at.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return max(two) if last else min(two)


def impossible_freezes(
    freezes: Iterable[PlannedFreeze], services: Iterable[str], zone: tzinfo
) -> list[str]:
    """One line a mistake: what ends before it begins, and what never lets a service be deployed."""
    planned = tuple(freezes)
    spans = [(freeze, freeze.span(zone)) for freeze in planned]
    backwards = [
        f"freezes: {freeze.name!r} ends before it begins"
        for freeze, span in spans
        if span is not None and span[1] <= span[0]
    ]
    return backwards + [
        f"freezes: together the weekly ones never let {service} be deployed"
        for service in services
        if _never_open([f.weekly for f in planned if f.weekly and f.concerns(service)])
    ]


def _never_open(weekly: Iterable[Weekly]) -> bool:
    closed = {minute % WEEK for one in weekly for minute in range(one.begins, one.ends)}
    return len(closed) == WEEK
