"""Locks and freezes: a person's reason why a resource must not be changed for a while.

A *lock* is one owner's ("I am debugging"): the owner may still change it. A *freeze* holds for
everybody. Neither stops a rollback (design, *Safety rules*). A *maintenance* window stops nobody:
it holds the pages of alerts that work on the service makes, until its end.

A *standing* one has no end: FilmOps takes it when a deployment failed, and a person must end it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

EVERYTHING = "*"
"""The resource that stands for all of them."""


NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of what has none."""


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

    @property
    def standing(self) -> bool:
        """Whether it has no end of its own."""
        return self.expires_at >= NEVER

    def until(self, end: str) -> str:
        """Until when, in words; `end` is how its end is written, if it has one."""
        if not self.standing:
            return f"until {end}"
        return f"until somebody {self.kind.ended_by}s it"

    def covers(self, resource: str) -> bool:
        """Whether a change of that resource meets this lock."""
        return self.resource in (resource, EVERYTHING)


def ending(lock: Lock, what: str) -> str:
    """What to type to end it; `what` is how people name its resource."""
    return f"/filmops {lock.kind.ended_by} {what}" + (" REASON…" if lock.standing else "")
