"""The audit log's table: append-only, chained, numbered without gaps.

`append` is called last in the transaction of whatever it tells of: the head's row lock puts
writers in line only for the moment of their commit, and a row that cannot be written takes
the change with it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

from psycopg.rows import DictRow

from bot.adapters.postgres.pool import Connection, Pool, connected, row, rows, run, transaction
from bot.adapters.stored import clean, plain, written
from bot.domain.audit import Entry, Head, Row, chain

_PAGE = 500


async def append(
    connection: Connection, entry: Entry, at: datetime, *, detail: Mapping[str, Any] | None = None
) -> int:
    """Write one row in the caller's transaction and return its number.

    `detail` is added to the entry's own.
    """
    stored = Entry(
        actor=clean(entry.actor),
        action=clean(entry.action),
        subject=clean(entry.subject),
        detail=plain({**entry.detail, **(detail or {})}),
    )
    at = at.astimezone(UTC)
    head = await row(connection, "lock_head")
    if head is None:
        raise LookupError("audit_head has no row: the migrations did not run")
    number = head["number"] + 1
    await run(
        connection,
        "append_row",
        number=number,
        at=at,
        actor=stored.actor,
        action=stored.action,
        subject=stored.subject,
        detail=written(stored.detail),
        previous=head["hash"],
        hash=chain(number, at, stored, head["hash"]),
    )
    return int(number)


class PostgresAudit:
    """bot.ports.AuditLog."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def append(self, entry: Entry, now: datetime) -> int:
        """Write one row and return its number."""
        async with transaction(self._pool) as connection:
            return await append(connection, entry, now)

    async def rows(self) -> AsyncIterator[Row]:
        """All rows in order, read in pages; no connection is held in between."""
        after = 0
        while True:
            async with connected(self._pool) as connection:
                page = await rows(connection, "read_rows", after=after, limit=_PAGE)
            for found in page:
                yield _row(found)
            if len(page) < _PAGE:
                return
            after = page[-1]["number"]

    async def head(self) -> Head:
        """The last row's number and hash."""
        async with connected(self._pool) as connection:
            found = await row(connection, "read_head")
        if found is None:
            raise LookupError("audit_head has no row: the migrations did not run")
        return Head(number=found["number"], hash=found["hash"])


def _row(found: DictRow) -> Row:
    return Row(
        number=found["number"],
        at=found["at"],
        entry=Entry(
            actor=found["actor"],
            action=found["action"],
            subject=found["subject"],
            detail=found["detail"],
        ),
        previous=found["previous"],
        hash=found["hash"],
    )
