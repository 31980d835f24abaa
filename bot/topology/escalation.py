"""Whom an incident pages, and when: the levels, and how each severity climbs them.

Runbook, *Emergency Contacts / Escalation Path*: level 1 at once, level 2 after 15 minutes without
acknowledgement, level 3 after 30.
"""

from __future__ import annotations

from datetime import time
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from bot.topology.names import Severity, Value

Minutes = Annotated[float, Field(gt=0, le=10_080)]


def rising(waits: tuple[float, ...]) -> tuple[float, ...]:
    """The waits, if each is longer than the one before. Raises ValueError."""
    if list(waits) != sorted(set(waits)):
        raise ValueError("after_minutes must rise from level to level")
    return waits


class Level(Value):
    """One rung of the escalation ladder."""

    name: str
    after_minutes: Annotated[float, Field(ge=0)]
    pagerduty_service: str


class Ladder(Value):
    """How an incident of one severity climbs.

    `after_minutes` has one number a level, from the first: a shorter list leaves the last levels
    out, an empty one pages nobody; without it the levels' own count. After the last level the
    climb begins anew `repeat_minutes` later, `repeats` times; then the incident is UNOWNED.
    An acknowledgement is a promise: without progress in `promise_minutes` its giver is asked, and
    `grace_minutes` after that the ladder is climbed again.
    """

    title: str
    after_minutes: tuple[Annotated[float, Field(ge=0, le=10_080)], ...] | None = None
    repeat_minutes: Minutes = 30
    repeats: Annotated[int, Field(ge=0, le=20)] = 3
    promise_minutes: Minutes = 30
    grace_minutes: Minutes = 10

    @field_validator("after_minutes")
    @classmethod
    def _rising(cls, value: tuple[float, ...] | None) -> tuple[float, ...] | None:
        return value if value is None else rising(value)

    @property
    def waits(self) -> tuple[float, ...]:
        """Minutes after the beginning, one a level; `Escalation.ladder` has filled them in."""
        return self.after_minutes or ()


class Storm(Value):
    """So many incidents of one service in so many minutes become one, with one ladder."""

    incidents: Annotated[int, Field(ge=2)] = 5
    minutes: Minutes = 10


DEFAULT_LADDERS = {
    Severity.P1: Ladder(title="production is down"),
    Severity.P2: Ladder(title="production is hurt", repeats=2, promise_minutes=60),
    Severity.P3: Ladder(
        title="a nuisance", after_minutes=(0,), repeat_minutes=240, repeats=1, promise_minutes=480
    ),
    Severity.P4: Ladder(title="for office hours", after_minutes=()),
}


class Escalation(Value):
    """The levels, a ladder a severity, what makes a storm, and when each day it is looked whether
    every level would ring somebody (`check_at`, by the studio's clock).
    """

    levels: Annotated[tuple[Level, ...], Field(min_length=1)]
    severities: dict[Severity, Ladder] = Field(default_factory=dict)
    storm: Storm = Storm()
    postmortem_hours: Annotated[float, Field(ge=0, le=720)] = 24
    """After the end of a P1 or P2 its thread is reminded of the post-mortem; 0: never."""

    check_at: time = time(9, 0)

    @field_validator("check_at")
    @classmethod
    def _of_the_studio(cls, value: time) -> time:
        if value.tzinfo is not None:
            raise ValueError("is by the studio's own clock: write 09:00")
        return value

    @field_validator("levels")
    @classmethod
    def _rising(cls, value: tuple[Level, ...]) -> tuple[Level, ...]:
        rising(tuple(level.after_minutes for level in value))
        return value

    @model_validator(mode="after")
    def _enough_levels(self) -> Escalation:
        for severity, ladder in self.severities.items():
            if len(ladder.waits) > len(self.levels):
                raise ValueError(
                    f"severities.{severity}.after_minutes has {len(ladder.waits)} numbers "
                    f"and there are {len(self.levels)} levels"
                )
        return self

    def ladder(self, severity: Severity) -> Ladder:
        """How this severity climbs, its `after_minutes` filled in."""
        ladder = self.severities.get(severity, DEFAULT_LADDERS[severity])
        if ladder.after_minutes is not None:
            return ladder
        own = tuple(level.after_minutes for level in self.levels)
        return ladder.model_copy(update={"after_minutes": own})
