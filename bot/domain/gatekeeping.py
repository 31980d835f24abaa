"""The pre-deployment checklist as gates: a check that failed, or that nobody could make, is in the
way; what no system knows is a box that a named person ticks. Runbook, *Pre-Deployment Checklist*.

Before: `bot.engine.precheck` looks. After: the plan's checks, boxes and obstacles.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.checklist import Box, Check, Found
from bot.domain.reasons import Obstacle, Reason

LONGEST_KEY = 60
"""It is stored with each tick, and is the value of an option in Slack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A check, with the code and the way out if it is not OK."""

    check: Check
    code: Reason
    unblock: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """All of it: what systems answered and what people must."""

    gates: tuple[Gate, ...]
    boxes: tuple[Box, ...]

    @property
    def checks(self) -> tuple[Check, ...]:
        """What the card shows."""
        return tuple(gate.check for gate in self.gates)

    @property
    def obstacles(self) -> tuple[Obstacle, ...]:
        """One for each gate that is not open."""
        return tuple(_obstacles(self.gates))


def _obstacles(gates: Iterable[Gate]) -> Iterable[Obstacle]:
    for gate in gates:
        check = gate.check
        if check.found is Found.FAILED:
            yield Obstacle(
                code=gate.code, message=f"{check.title}: {check.said}.", unblock=gate.unblock
            )
        elif check.found is Found.UNKNOWN:
            yield Obstacle(
                code=Reason.UNVERIFIED,
                message=f"{check.title}: could not be verified ({check.said}).",
                unblock="Try again when it answers; not verified means blocked.",
            )


def box(title: str) -> Box:
    """A line of the topology as a box. Its key is its words: other words are another box."""
    words = "".join(c if c.isalnum() else " " for c in title.lower()).split()
    key = "-".join(words)
    if not key or len(key) > LONGEST_KEY:
        # What is cut off must not make two boxes one: a single tick would answer for both.
        key = f"{key[: LONGEST_KEY - 9]}-{hashlib.sha256(title.encode()).hexdigest()[:8]}"
    return Box(key=key, title=title)
