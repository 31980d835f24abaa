"""The outbox towards Slack: what should be seen, and what is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.message import Attachment, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The one message of a subject, by the name people use: R12 is request 12. `wanted` rises by
    one with every change people see (a request's own, its approvals', run's and steps'); `shown`
    is what Slack has. `ts` is None before it is posted, `posting_since` says that a post may be
    under way or have lost its answer.
    """

    subject: str
    channel: str
    wanted: int
    shown: int
    ts: str | None = None
    posting_since: datetime | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadNote:
    """A message for a card's thread, posted once per `key` after the card itself.

    `attachment` is uploaded after the words; `uploads` counts how often that was begun.
    """

    key: str
    subject: str
    message: Message
    attachment: Attachment | None = None
    posting_since: datetime | None = None
    uploads: int = 0
    failures: int = 0
    channel: str = ""
    thread: str = ""


class Cards(Protocol):
    """The outbox towards Slack: what should be seen, and what is."""

    async def open(self, subject: str, channel: str) -> bool:
        """Make the card of a subject that no other part of the store makes; False when there is
        one.
        """
        ...

    async def claim(
        self, *, now: datetime, lease_until: datetime, limit: int = 10
    ) -> tuple[Card, ...]:
        """Take cards with wanted > shown that are due and not leased, oldest change first."""
        ...

    async def posting(self, subject: str, now: datetime) -> None:
        """Note that a post is about to be sent (kept until `shown`)."""
        ...

    async def shown(self, subject: str, *, ts: str, version: int, next_at: datetime) -> None:
        """Slack has this version; the next update not before `next_at`; the lease given up."""
        ...

    async def failed(self, subject: str, *, next_at: datetime) -> None:
        """Slack did not take it: again then; the lease given up."""
        ...

    async def of(self, subject: str) -> Card | None:
        """A subject's card as it is known now."""
        ...

    async def note(self, note: ThreadNote, now: datetime) -> bool:
        """Put a message in the outbox for the card's thread; False when the key is there."""
        ...

    async def noted(self, key: str) -> bool:
        """Whether a note of that key is in the outbox or posted."""
        ...

    async def claim_notes(
        self, *, now: datetime, lease_until: datetime, limit: int = 10
    ) -> tuple[ThreadNote, ...]:
        """Unposted notes of cards that have a ts, in order, with channel and thread filled in."""
        ...

    async def note_posting(self, key: str, now: datetime) -> None:
        """Note that a post is about to be sent."""
        ...

    async def note_uploading(self, key: str) -> None:
        """Note that the upload of its file is about to begin: `uploads` goes up by one."""
        ...

    async def note_posted(self, key: str, ts: str) -> None:
        """It is in the thread; its file's content is kept no longer."""
        ...

    async def note_failed(self, key: str, *, next_at: datetime) -> None:
        """Again then."""
        ...

    async def spend(self, budget: str, *, per_minute: float, burst: float, now: datetime) -> float:
        """Take one from a budget all processes share: 0.0 when taken, else seconds to wait."""
        ...
