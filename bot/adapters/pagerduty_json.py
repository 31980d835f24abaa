"""PagerDuty's JSON as our values.

`bot.adapters.pagerduty` and its helpers read every answer through here; what cannot be read is
OperationFailed `unreadable`, never a value with holes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from bot.domain.live import OpenIncident
from bot.domain.pager import OnCall, PagerIncident, PagerStatus
from bot.errors import OperationFailed

T = TypeVar("T")
Json = Mapping[str, Any]


def each(entries: Iterable[Json], read: Callable[[Json], T], what: str) -> tuple[T, ...]:
    """Read every entry of a list. Raises OperationFailed if one cannot be read."""
    try:
        return tuple(read(entry) for entry in entries)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OperationFailed(
            f"PagerDuty's list of {what} could not be read", code="unreadable"
        ) from error


def open_incident(entry: Json) -> OpenIncident:
    """An open incident as `/filmops status` shows it."""
    return OpenIncident(
        id=str(entry["id"]),
        title=str(entry["title"]),
        status=str(entry["status"]),
        urgency=str(entry["urgency"]),
        service=str(entry["service"]["summary"]),
        url=str(entry["html_url"]),
        opened_at=datetime.fromisoformat(entry["created_at"]),
        assigned_to=_assignees(entry),
    )


def pager_incident(entry: Json, key: str) -> PagerIncident:
    """What became of the page with `key`, which is in that incident."""
    reason = entry.get("resolve_reason") or {}
    return PagerIncident(
        id=str(entry["id"]),
        key=key,
        status=PagerStatus(entry["status"]),
        service=str(entry["service"]["summary"]),
        url=str(entry["html_url"]),
        assigned_to=_assignees(entry),
        acknowledged_by=_acknowledger(entry),
        merged=reason.get("type") == "merge_resolve_reason",
        shared=alert_count(entry) > 1,
    )


def on_call(entry: Json) -> tuple[str, OnCall]:
    """The escalation policy's id and who is on call on it."""
    user = entry["user"]
    person = OnCall(
        name=str(user.get("name") or user["summary"]),
        email=str(user.get("email") or ""),
        rung=int(entry["escalation_level"]),
    )
    return str(entry["escalation_policy"]["id"]), person


def alert_count(entry: Json) -> int:
    """How many alerts an incident has; 0 when PagerDuty does not say."""
    return int((entry.get("alert_counts") or {}).get("all") or 0)


def _assignees(entry: Json) -> tuple[str, ...]:
    return tuple(str(a["assignee"]["summary"]) for a in entry.get("assignments") or ())


def _acknowledger(entry: Json) -> str:
    """The last one, if it was a person: an integration may acknowledge too."""
    for given in reversed(entry.get("acknowledgements") or ()):
        who = given["acknowledger"]
        if str(who.get("type", "")).startswith("user"):
            return str(who.get("email") or who["summary"])
    return ""
