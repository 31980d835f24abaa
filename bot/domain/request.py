"""One person asking for an operation, and what became of it.

A changing operation's request carries its plan; the approvals bind to that plan's hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.plan import Plan
from bot.topology import Risk


class RequestState(StrEnum):
    """Where a request stands. `approved` waits for the fresh look; `started` has a run."""

    PLANNED = "planned"
    APPROVED = "approved"
    STARTED = "started"
    REJECTED = "rejected"
    EXPIRED = "expired"
    STALE = "stale"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class Answer(StrEnum):
    """What an approver said."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One person's answer to one plan's hash. `actor` is a Slack user id."""

    actor: str
    answer: Answer
    plan_hash: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A person's request. `id` is what people type (`R42`); 0 before it is stored.

    `words` is what was typed, `note` the sentence about how it ended, `reason` why it was
    asked. Times are aware UTC.
    """

    id: int = 0
    operation: str
    params: Mapping[str, Any]
    words: str
    actor: str
    channel: str
    risk: Risk
    plan: Plan
    needed: int
    asked_at: datetime
    expires_at: datetime
    reason: str = ""
    state: RequestState = RequestState.PLANNED
    approvals: tuple[Approval, ...] = ()
    note: str = ""
    settled_at: datetime | None = None

    @property
    def name(self) -> str:
        """The name people use."""
        return f"R{self.id}"

    @property
    def still_needed(self) -> int:
        """How many more people must approve."""
        given = sum(1 for approval in self.approvals if approval.answer is Answer.APPROVE)
        return max(0, self.needed - given)


class Decided(StrEnum):
    """What a click came to, as one conditional write saw it."""

    COUNTED = "counted"
    APPROVED = "approved"
    REJECTED = "rejected"
    TWICE = "twice"
    TOO_LATE = "too_late"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The outcome of a click and the request as it stood afterwards."""

    outcome: Decided
    request: Request
