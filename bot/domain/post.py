"""What the public is told of an incident: a post at the status page, and how far it is.

Before: `/filmops incident publish`. After: the status page's adapter, or a person who writes it
there by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.topology import Severity


class PostStatus(StrEnum):
    """How far the work is, in the status page's own words."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class Impact(StrEnum):
    """How bad it is for the public, in the status page's own words."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What stands at the status page; `id` is that page's."""

    id: str
    status: PostStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is to be said there. `incident` is ours (`I7`), kept with the post and not shown;
    `component` is the page's id of what is concerned, or "".
    """

    incident: str
    title: str
    status: PostStatus
    text: str
    impact: Impact
    component: str = ""


def impact(severity: Severity) -> Impact:
    """What a severity means for the public."""
    return {
        Severity.P1: Impact.CRITICAL,
        Severity.P2: Impact.MAJOR,
        Severity.P3: Impact.MINOR,
        Severity.P4: Impact.NONE,
    }[severity]
