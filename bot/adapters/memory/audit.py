"""Twin of the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from bot.adapters.memory.tables import Tables
from bot.domain.audit import Entry, Head, Row


class MemoryAudit:
    """bot.ports.AuditLog."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def append(self, entry: Entry, now: datetime) -> int:
        """Write one row and return its number."""
        return self._tables.append(entry, now)

    async def rows(self) -> AsyncIterator[Row]:
        """All rows in order."""
        for row in tuple(self._tables.audit):
            yield row

    async def head(self) -> Head:
        """The last row's number and hash."""
        return self._tables.head
