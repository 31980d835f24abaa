"""Twin of the ticks of checklists."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.adapters.memory.tables import Tables
from bot.adapters.stored import clean
from bot.domain.audit import Entry
from bot.domain.checklist import Tick


class MemoryTicks:
    """bot.ports.Ticks."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def of(self, subject: str) -> tuple[Tick, ...]:
        """All of them, in the order in which they were ticked."""
        return self._of(subject)

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
        """Tick and untick in one transaction with its audit row; all ticks afterwards."""
        there = {tick.key for tick in self._of(subject)}
        wanted, seen = {clean(key) for key in ticked}, {clean(key) for key in known}
        new, gone = sorted(wanted - there), sorted(there & (seen - wanted))
        if new or gone:
            self._tables.append(entry, now, detail={"ticked": new, "unticked": gone})
            self._tables.want(subject)
        for key in gone:
            del self._tables.ticks[subject, key]
        for key in new:
            self._tables.ticks[subject, key] = Tick(key=key, actor=clean(by), at=now)
        return self._of(subject)

    def _of(self, subject: str) -> tuple[Tick, ...]:
        mine = [tick for (owner, _), tick in self._tables.ticks.items() if owner == subject]
        return tuple(sorted(mine, key=lambda tick: (tick.at, tick.key)))
