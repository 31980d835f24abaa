"""The post-mortem of an incident: whether it is due, asked for already, or held.

Before: an incident that was resolved, and its timeline. After: `bot.engine.postmortem` reminds,
the report ticks its line. It counts as held when a note says so:
`/filmops incident note I7 post-mortem …`. (Runbook, *Post-Rollback Actions*.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain.incident import Happening, Incident, IncidentState
from bot.topology import Severity

AGAIN_AFTER = timedelta(hours=48)
"""How long after the first reminder the second and last one comes."""

CALLED_FOR = (Severity.P1, Severity.P2)
"""Whose incidents need one."""
_NOTE = re.compile(r"(?:[^:]*: )?post-?mortem", re.IGNORECASE)
"""A note's line begins with its author: `<@U0ANA>: Post-mortem held …`."""


def calls_for_one(incident: Incident) -> bool:
    """Whether it needs a post-mortem: a P1 or P2 that was resolved, no drill and no child."""
    return (
        incident.state is IncidentState.RESOLVED
        and incident.severity in CALLED_FOR
        and not incident.is_drill
        and incident.parent is None
    )


def was_held(incident: Incident, timeline: Iterable[Happening]) -> bool:
    """Whether a note since its resolution speaks of the post-mortem."""
    resolved = incident.resolved_at
    return resolved is not None and any(
        line.kind == "note" and line.at >= resolved and _NOTE.match(line.text) is not None
        for line in timeline
    )


def reminders(incident: Incident, after: timedelta, now: datetime) -> int:
    """How many reminders are due by now, 0 to 2; `after` is from the resolution to the first."""
    if incident.resolved_at is None:
        return 0
    first = incident.resolved_at + after
    return sum(now >= due for due in (first, first + AGAIN_AFTER))
