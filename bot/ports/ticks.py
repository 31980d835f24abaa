"""Which boxes of a checklist a person has ticked, by the card they stand on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from bot.domain.audit import Entry
from bot.domain.checklist import Tick


class Ticks(Protocol):
    """Ticks of a subject (`R12`, `A12`): who answers for which box, and since when."""

    async def of(self, subject: str) -> tuple[Tick, ...]:
        """All of them, in the order in which they were ticked."""
        ...

    async def set(
        self,
        subject: str,
        *,
        ticked: Collection[str],
        known: Collection[str],
        by: str,
        entry: Entry,
        now: datetime,
    ) -> tuple[Tick, ...]:
        """Tick and untick in one transaction with its audit row; all ticks afterwards.

        Keys in `ticked` that nobody ticked get this person and time: who ticked first stays. Keys
        of `known` that are not in `ticked` are unticked. The entry's detail is completed with
        "ticked" and "unticked"; when nothing changes, no row is written.
        """
        ...
