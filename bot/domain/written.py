"""Times and changes as a file holds them: of an incident's report and of the change log.

Before: `report_json`, `report_markdown`, `change_log`. Nothing is escaped: a file shows letters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.listing import both
from bot.domain.run import ChangeLogEntry

Named = Callable[[str], str]
"""A Slack id as a name."""


def utc(at: datetime | None) -> str | None:
    """For programs, in UTC."""
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def both_times(at: datetime, timezone: str) -> str:
    """For people, in UTC and by the studio's clock; once where that is the same."""
    shown = f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if timezone == "UTC":
        return shown
    local = at.astimezone(ZoneInfo(timezone))
    return f"{shown} ({local:%Y-%m-%d %H:%M:%S} {timezone})"


def change_line(change: ChangeLogEntry, timezone: str, named: Named) -> str:
    """A change for people: when, through which run, by whom, what."""
    agreed = both([named(who) for who in change.approved_by])
    approved = f", approved by {agreed}" if agreed else ""
    return (
        f"{both_times(change.at, timezone)}: R{change.run} {change.operation}, asked by "
        f"{named(change.asked_by)}{approved}: {change.summary} ({change.before} → {change.after})"
    )


def change_shape(change: ChangeLogEntry, named: Named) -> Mapping[str, Any]:
    """A change for programs."""
    return {
        "at": utc(change.at),
        "run": f"R{change.run}",
        "resource": change.resource,
        "operation": change.operation,
        "summary": change.summary,
        "before": change.before,
        "after": change.after,
        "asked_by": named(change.asked_by),
        "approved_by": [named(who) for who in change.approved_by],
        "detail": dict(change.detail),
    }
