"""The frozen value of what would be done, and the state of the world it was made from.

Made by an operation's `plan` from live state; approved by its hash; made again before the
run and compared. What is in `facts` decides whether two plans are of the same world.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain.checklist import Box, Check
from bot.domain.reasons import Obstacle


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One exact API call, as it will be made: `elbv2.modify_listener` and its parameters."""

    service: str
    action: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSpec:
    """One step as data. `name` finds its code in any release; `args` is all it is given.

    A `back` step is on the way back: carried out only when the run turns round. A `promotable` one
    waits for nothing but certainty: a person may say that it is enough.
    """

    name: str
    title: str
    args: Mapping[str, Any] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    back: bool = False
    promotable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What will be different: a subject, before and after, in words people use."""

    subject: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would be done to `resource`, and from which state of the world.

    `facts` are the parts of the live state the decision rests on; metrics that move by
    themselves are `evidence`, which is shown and not compared. `offers` are commands a person
    may choose afterwards; the bot never runs them by itself.

    `checks` are what was found out for the checklist, `boxes` what a named person must tick before
    anybody approves, `obstacles` what keeps it from being carried out now. `more_approvals` are
    asked for beside the risk's own, each with its reason; `pre_approved` is why none is needed.
    It starts between `start_at` and `start_by` when they are set.
    """

    operation: str
    resource: str
    summary: str
    steps: tuple[StepSpec, ...]
    changes: tuple[Change, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    boxes: tuple[Box, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    more_approvals: tuple[str, ...] = ()
    pre_approved: str = ""
    start_at: datetime | None = None
    start_by: datetime | None = None

    def due(self, now: datetime) -> bool:
        """Whether it may start by its own time."""
        return self.start_at is None or self.start_at <= now

    @property
    def fingerprint(self) -> str:
        """The live state, as 12 hexadecimal digits to read aloud."""
        return _digest(dict(self.facts))[:12]

    @property
    def hash(self) -> str:
        """What an approval binds to: operation, resource, steps with their calls, and facts."""
        steps = [
            [
                s.name,
                dict(s.args),
                [[c.service, c.action, dict(c.parameters)] for c in s.calls],
                *(["back"] if s.back else []),
            ]
            for s in self.steps
        ]
        return _digest([self.operation, self.resource, steps, dict(self.facts)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One fact that is no longer what the approved plan was made from."""

    fact: str
    approved: str
    now: str


def drift(approved: Plan, current: Plan) -> tuple[Moved, ...]:
    """What moved between two plans of one request; empty when they are the same plan.

    Equal facts and unequal hashes mean that the *program* plans differently now (another
    release): that is drift too, and is named as such.
    """
    if approved.hash == current.hash:
        return ()
    gone = "(absent)"
    moved = tuple(
        Moved(fact=name, approved=approved.facts.get(name, gone), now=current.facts.get(name, gone))
        for name in sorted({*approved.facts, *current.facts})
        if approved.facts.get(name) != current.facts.get(name)
    )
    return moved or (Moved(fact="steps", approved=approved.hash[:12], now=current.hash[:12]),)


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
