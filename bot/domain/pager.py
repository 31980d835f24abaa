"""What PagerDuty says of a page, as values.

Filled by `bot.adapters.pagerduty`; the escalations decide by them whether a page reached
somebody, who took it, and who is to be reached at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Told(StrEnum):
    """What came of telling PagerDuty that a page is acknowledged or resolved."""

    DONE = "done"
    """PagerDuty took it."""

    ALREADY = "already"
    """It was so, or further, already: nothing was sent, a resolved page stays resolved."""

    NOT_FOUND = "not_found"
    """PagerDuty has no incident with that key, or not yet: a page is taken before it is there."""


class PagerStatus(StrEnum):
    """How far an incident is at PagerDuty; the values are PagerDuty's own."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class PagerIncident:
    """What became of the page with `key`.

    `assigned_to` are the names of those who are rung: nobody means that the page reached nobody.
    `acknowledged_by` is the e-mail of the last who acknowledged, else the name, empty when it
    was no person or PagerDuty does not say. `merged` is a resolve that no person did: the
    incident went into another one. `shared`: somebody merged other pages into this one.
    """

    id: str
    key: str
    status: PagerStatus
    service: str
    url: str
    assigned_to: tuple[str, ...] = ()
    acknowledged_by: str = ""
    merged: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCall:
    """Somebody on call now.

    `rung` is the place in the service's own escalation policy, from 1: only the first is rung
    by a page at once. `email` is empty when PagerDuty does not say.
    """

    name: str
    email: str
    rung: int
