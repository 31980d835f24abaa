"""Locks and freezes: a person's reason why a resource must not be changed for a while.

A *lock* is one owner's ("I am debugging"): the owner may still change it. A *freeze* holds for
everybody. Neither stops a rollback (design, *Safety rules*). A *maintenance* window stops nobody:
it holds the pages of alerts that work on the service makes, until its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

EVERYTHING = "*"
"""The resource that stands for all of them."""


class LockKind(StrEnum):
    """What is held; one of each kind on a resource."""

    LOCK = "lock"
    FREEZE = "freeze"
    MAINTENANCE = "maintenance"

    @property
    def past(self) -> str:
        """What a resource is meanwhile: `backend is locked`."""
        return _PAST[self]

    @property
    def ended_by(self) -> str:
        """The command that ends it."""
        return _ENDED_BY[self]


_PAST = {
    LockKind.LOCK: "locked",
    LockKind.FREEZE: "frozen",
    LockKind.MAINTENANCE: "in maintenance",
}
_ENDED_BY = {
    LockKind.LOCK: "unlock",
    LockKind.FREEZE: "unfreeze",
    LockKind.MAINTENANCE: "maintenance end",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Held on `resource` by `owner` (Slack user id) until `expires_at`."""

    kind: LockKind
    resource: str
    owner: str
    reason: str
    taken_at: datetime
    expires_at: datetime

    def covers(self, resource: str) -> bool:
        """Whether a change of that resource meets this lock."""
        return self.resource in (resource, EVERYTHING)
