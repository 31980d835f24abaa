"""The outbox towards Slack: which card or note is to be posted next, and what Slack has.

Versions are raised by triggers; `filmops_cards` is notified then (bot.adapters.postgres.listen).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.adapters.postgres.pool import Pool, connected, row, rows, run, transaction
from bot.adapters.stored import MESSAGE, clean, cleaned, written
from bot.domain.message import Attachment
from bot.ports import Card, ThreadNote


class PostgresCards:
    """bot.ports.Cards."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def open(self, subject: str, channel: str) -> bool:
        """Make the card of a subject that no other part of the store makes."""
        async with connected(self._pool) as connection:
            made = await row(connection, "open_card", subject=subject, channel=clean(channel))
        return made is not None

    async def claim(
        self, *, now: datetime, lease_until: datetime, limit: int = 10
    ) -> tuple[Card, ...]:
        """Take cards with wanted > shown that are due and not leased, oldest change first."""
        async with connected(self._pool) as connection:
            found = await rows(
                connection, "claim_cards", now=now, lease_until=lease_until, limit=limit
            )
        return tuple(Card(**card) for card in found)

    async def posting(self, subject: str, now: datetime) -> None:
        """Note that a post is about to be sent; the first of several stands until `shown`."""
        async with connected(self._pool) as connection:
            await run(connection, "card_posting", subject=subject, now=now)

    async def shown(self, subject: str, *, ts: str, version: int, next_at: datetime) -> None:
        """Slack has this version; the next update not before `next_at`; the lease given up."""
        async with connected(self._pool) as connection:
            await run(
                connection, "card_shown", subject=subject, ts=ts, version=version, next_at=next_at
            )

    async def failed(self, subject: str, *, next_at: datetime) -> None:
        """Slack did not take it: again then; the lease given up."""
        async with connected(self._pool) as connection:
            await run(connection, "card_failed", subject=subject, next_at=next_at)

    async def of(self, subject: str) -> Card | None:
        """A subject's card as it is known now."""
        async with connected(self._pool) as connection:
            found = await row(connection, "card_of", subject=subject)
        return None if found is None else Card(**found)

    async def note(self, note: ThreadNote, now: datetime) -> bool:
        """Put a message in the outbox for the card's thread; False when the key is there."""
        file = cleaned(note.attachment)
        async with connected(self._pool) as connection:
            made = await row(
                connection,
                "insert_note",
                key=clean(note.key),
                subject=note.subject,
                message=written(MESSAGE.dump_python(note.message)),
                file_name=file.name if file else None,
                file_title=file.title if file else None,
                file_alt=file.alt if file else None,
                file_content=file.content if file else None,
                now=now,
            )
        return made is not None

    async def noted(self, key: str) -> bool:
        """Whether a note of that key is in the outbox or posted."""
        async with connected(self._pool) as connection:
            return await row(connection, "find_note", key=clean(key)) is not None

    async def claim_notes(
        self, *, now: datetime, lease_until: datetime, limit: int = 10
    ) -> tuple[ThreadNote, ...]:
        """Unposted notes of posted cards, in order, behind no earlier note that must wait."""
        async with transaction(self._pool) as connection:
            await rows(connection, "queue_for_notes")
            found = await rows(
                connection, "claim_notes", now=now, lease_until=lease_until, limit=limit
            )
        return tuple(_note(one) for one in found)

    async def note_posting(self, key: str, now: datetime) -> None:
        """Note that a post is about to be sent; the first of several stands."""
        async with connected(self._pool) as connection:
            await run(connection, "note_posting", key=clean(key), now=now)

    async def note_uploading(self, key: str) -> None:
        """Note that the upload of its file is about to begin."""
        async with connected(self._pool) as connection:
            await run(connection, "note_uploading", key=clean(key))

    async def note_posted(self, key: str, ts: str) -> None:
        """It is in the thread; its file's content is kept no longer."""
        async with connected(self._pool) as connection:
            await run(connection, "note_posted", key=clean(key), ts=ts)

    async def note_failed(self, key: str, *, next_at: datetime) -> None:
        """Again then."""
        async with connected(self._pool) as connection:
            await run(connection, "note_failed", key=clean(key), next_at=next_at)

    async def spend(self, budget: str, *, per_minute: float, burst: float, now: datetime) -> float:
        """Take one from a budget all processes share: 0.0 when taken, else seconds to wait.

        A leaky bucket of one instant: when the budget would be full again. One more may be
        taken while that lies less than `burst` - 1 intervals ahead.
        """
        interval = timedelta(minutes=1) / per_minute
        slack = max(burst - 1, 0) * interval
        async with transaction(self._pool) as connection:
            taken = await row(
                connection, "spend_budget", name=budget, interval=interval, slack=slack, now=now
            )
            if taken is not None:
                return 0.0
            found = await row(connection, "read_budget", name=budget)
        full_at: datetime = now if found is None else found["full_at"]
        return max(0.0, (full_at - slack - now).total_seconds())


def _note(found: dict[str, Any]) -> ThreadNote:
    """A row of `claim_notes`: the file's columns are one value, or nothing."""
    file = {name: found.pop(f"file_{name}") for name in ("name", "title", "alt", "content")}
    message = MESSAGE.validate_python(found.pop("message"))
    attachment = Attachment(**file) if file["content"] is not None else None
    return ThreadNote(**found, message=message, attachment=attachment)
