"""Checklists: what a system knows is checked, the rest is ticked by a person who is named.

Runbook, *Pre-Deployment Checklist*, *Post-Deployment Checklist*, *Post-Rollback Actions*. Before:
an operation's plan says which boxes there are. After: nobody approves while one is open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.listing import both
from bot.domain.reasons import Obstacle, Reason


class Found(StrEnum):
    """What a look came to. `unknown` blocks as `failed` does: it is not known to be well."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line a system answered: `title` as in the runbook, `said` what was found."""

    title: str
    found: Found
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One line a person answers for. `key` is stored with the tick: its meaning never changes."""

    key: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Who ticked a box, and when. `actor` is a Slack user id."""

    key: str
    actor: str
    at: datetime


def open_boxes(boxes: Iterable[Box], ticks: Iterable[Tick]) -> tuple[Box, ...]:
    """Those nobody has ticked."""
    ticked = {tick.key for tick in ticks}
    return tuple(box for box in boxes if box.key not in ticked)


def still_open(name: str, boxes: Iterable[Box], ticks: Iterable[Tick]) -> Obstacle | None:
    """What keeps anybody from approving the request of that name; None when all are ticked."""
    left = [f"“{box.title}”" for box in open_boxes(boxes, ticks)]
    if not left:
        return None
    return Obstacle(
        code=Reason.CHECKLIST_OPEN,
        message=f"Nobody has ticked {both(left)} on the checklist of {name} yet.",
        unblock=f"Press “Checklist…” on the card of {name} and tick what holds, then approve.",
    )
