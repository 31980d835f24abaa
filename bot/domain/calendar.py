"""The freeze calendar: whether a deployment may start at a moment, and when it may again.

Before: the topology's [[freezes]] and the studio's clock. After: a deployment's plan, which takes
the answer for its start. Rollback does not ask: it stays open (design, *Safety rules*).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta, tzinfo

from bot.domain.listing import both
from bot.domain.reasons import Obstacle, Reason
from bot.topology import PlannedFreeze, Weekly, instant


def frozen_by(
    freezes: Iterable[PlannedFreeze], service: str, at: datetime, zone: tzinfo
) -> Obstacle | None:
    """What of the calendar keeps the service of that key from being deployed at `at` (aware)."""
    planned = tuple(freezes)
    names = [freeze.name for freeze in planned if _end(freeze, service, at, zone) is not None]
    if not names:
        return None
    opens = next_opening(planned, service, at, zone).astimezone(zone)
    return Obstacle(
        code=Reason.FREEZE_CALENDAR,
        message=f"The calendar has {service} frozen ({both(names)}) until "
        f"{opens:%a %Y-%m-%d %H:%M %Z}. Rollback stays open.",
        unblock="Wait until then, or have a maintainer change [[freezes]] in filmops.toml.",
    )


def next_opening(
    freezes: Iterable[PlannedFreeze], service: str, at: datetime, zone: tzinfo
) -> datetime:
    """The first moment from `at` on in which no freeze of the calendar holds, in UTC."""
    planned, opens = tuple(freezes), at.astimezone(UTC)
    while True:
        ends = [end for freeze in planned if (end := _end(freeze, service, opens, zone))]
        if not ends:
            return opens
        # It comes to an end: no service has weekly freezes all week (bot.topology.freezes).
        opens = max(ends)


def _end(freeze: PlannedFreeze, service: str, at: datetime, zone: tzinfo) -> datetime | None:
    """When the freeze that holds at `at` ends, in UTC; None when it does not hold then."""
    if not freeze.concerns(service):
        return None
    span = freeze.span(zone)
    spans = [span] if span is not None else _weeks(freeze.weekly, at, zone)
    return next((ends for begins, ends in spans if begins <= at < ends), None)


def _weeks(weekly: Weekly | None, at: datetime, zone: tzinfo) -> list[tuple[datetime, datetime]]:
    """A weekly freeze in the week of `at` and in the one before, which may reach into it."""
    if weekly is None:
        return []
    today = at.astimezone(zone).date()
    monday = datetime.combine(today - timedelta(days=today.weekday()), time())
    return [
        (
            # Counted on the calendar, and only then in UTC: not every day has 24 hours.
            instant(start + timedelta(minutes=weekly.begins), zone, last=False),
            instant(start + timedelta(minutes=weekly.ends), zone, last=True),
        )
        for start in (monday - timedelta(days=7), monday)
    ]
