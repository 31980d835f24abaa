"""Twin of the outbox towards Slack."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.adapters.memory.tables import CardRow, NoteRow, Tables
from bot.adapters.stored import MESSAGE, cleaned, plain
from bot.errors import OperationFailed
from bot.ports import Card, ThreadNote


class MemoryCards:
    """bot.ports.Cards."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def open(self, subject: str, channel: str) -> bool:
        """Make the card of a subject that no other part of the store makes."""
        if subject in self._tables.cards:
            return False
        card = Card(subject=subject, channel=channel, wanted=1, shown=0)
        self._tables.cards[subject] = CardRow(card=card, changed=next(self._tables.order))
        return True

    async def claim(
        self, *, now: datetime, lease_until: datetime, limit: int = 10
    ) -> tuple[Card, ...]:
        """Take cards with wanted > shown that are due and not leased, oldest change first."""
        due = [
            row
            for row in self._tables.cards.values()
            if row.card.wanted > row.card.shown and _free(row, now)
        ]
        claimed = sorted(due, key=lambda row: row.changed)[:limit]
        for row in claimed:
            row.lease_until = lease_until
        return tuple(row.card for row in claimed)

    async def posting(self, subject: str, now: datetime) -> None:
        """Note that a post is about to be sent; the first of several stands until `shown`."""
        row = self._tables.cards.get(subject)
        if row is not None:
            row.card = replace(row.card, posting_since=row.card.posting_since or now)

    async def shown(self, subject: str, *, ts: str, version: int, next_at: datetime) -> None:
        """Slack has this version; the next update not before `next_at`; the lease given up."""
        row = self._tables.cards.get(subject)
        if row is None:
            return
        row.card = replace(
            row.card,
            ts=ts,
            shown=max(row.card.shown, version),
            posting_since=None,
            failures=0,
        )
        row.next_at, row.lease_until, row.changed = next_at, None, next(self._tables.order)

    async def failed(self, subject: str, *, next_at: datetime) -> None:
        """Slack did not take it: again then; the lease given up."""
        row = self._tables.cards.get(subject)
        if row is not None:
            row.card = replace(row.card, failures=row.card.failures + 1)
            row.next_at, row.lease_until = next_at, None

    async def of(self, subject: str) -> Card | None:
        """A subject's card as it is known now."""
        row = self._tables.cards.get(subject)
        return None if row is None else row.card

    async def note(self, note: ThreadNote, now: datetime) -> bool:
        """Put a message in the outbox for the card's thread; False when the key is there."""
        if note.key in self._tables.notes:
            return False
        if note.subject not in self._tables.cards:
            raise OperationFailed(f"there is no card of {note.subject}", code="database")
        message = MESSAGE.validate_python(plain(MESSAGE.dump_python(note.message)))
        stored = ThreadNote(
            key=note.key,
            subject=note.subject,
            message=message,
            attachment=cleaned(note.attachment),
        )
        self._tables.notes[note.key] = NoteRow(note=stored)
        return True

    async def noted(self, key: str) -> bool:
        """Whether a note of that key is in the outbox or posted."""
        return key in self._tables.notes

    async def claim_notes(
        self, *, now: datetime, lease_until: datetime, limit: int = 10
    ) -> tuple[ThreadNote, ...]:
        """Unposted notes of posted cards, in order, behind no earlier note that must wait."""
        claimed: list[ThreadNote] = []
        blocked: set[str] = set()
        for row in self._tables.notes.values():
            card = self._tables.cards[row.note.subject].card
            if row.ts is not None or card.ts is None or len(claimed) == limit:
                continue
            if card.subject in blocked or not _free(row, now):
                blocked.add(card.subject)
                continue
            row.lease_until = lease_until
            claimed.append(replace(row.note, channel=card.channel, thread=card.ts))
        return tuple(claimed)

    async def note_posting(self, key: str, now: datetime) -> None:
        """Note that a post is about to be sent; the first of several stands."""
        row = self._tables.notes.get(key)
        if row is not None:
            row.note = replace(row.note, posting_since=row.note.posting_since or now)

    async def note_uploading(self, key: str) -> None:
        """Note that the upload of its file is about to begin."""
        row = self._tables.notes.get(key)
        if row is not None:
            row.note = replace(row.note, uploads=row.note.uploads + 1)

    async def note_posted(self, key: str, ts: str) -> None:
        """It is in the thread; its file's content is kept no longer."""
        row = self._tables.notes.get(key)
        if row is not None:
            row.note = replace(row.note, posting_since=None, attachment=None)
            row.ts, row.lease_until = ts, None

    async def note_failed(self, key: str, *, next_at: datetime) -> None:
        """Again then."""
        row = self._tables.notes.get(key)
        if row is not None:
            row.note = replace(row.note, failures=row.note.failures + 1)
            row.next_at, row.lease_until = next_at, None

    async def spend(self, budget: str, *, per_minute: float, burst: float, now: datetime) -> float:
        """Take one from a budget all processes share: 0.0 when taken, else seconds to wait."""
        interval = timedelta(minutes=1) / per_minute
        slack = max(burst - 1, 0) * interval
        full_at = self._tables.budgets.get(budget, now)
        if full_at - slack > now:
            return (full_at - slack - now).total_seconds()
        self._tables.budgets[budget] = max(full_at, now) + interval
        return 0.0


def _free(row: CardRow | NoteRow, now: datetime) -> bool:
    """Due, and nobody is at it."""
    return all(until is None or until <= now for until in (row.next_at, row.lease_until))
