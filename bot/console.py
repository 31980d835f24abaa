"""Commands that answer on the console from the database alone: migrate, audit verify and export."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from bot.adapters.postgres.migrate import migrate, pending
from bot.adapters.postgres.pool import open_pool
from bot.adapters.postgres.store import build_store
from bot.domain.audit import Row
from bot.engine.chain import examined
from bot.errors import ConfigurationError
from bot.ports import AuditLog

Work = Callable[[str], Coroutine[Any, Any, int]]


def say(line: str) -> None:
    """A line to whoever typed the command."""
    sys.stdout.write(line + "\n")


async def migrated(dsn: str) -> int:
    """Apply what is missing and say what."""
    applied = await migrate(dsn)
    for line in [f"applied {name}" for name in applied] or ["up to date"]:
        say(line)
    return 0


async def verified(dsn: str) -> int:
    """Walk the audit log's chain; 1 when it is broken, with where."""
    async with _audit(dsn) as audit:
        number, wrong = await examined(audit)
    say(f"BROKEN: {wrong}" if wrong else f"The audit log holds: {number} rows.")
    return 1 if wrong else 0


async def exported(dsn: str) -> int:
    """Every row as a line of JSON, in order."""
    async with _audit(dsn) as audit:
        async for row in audit.rows():
            say(json.dumps(_line(row), ensure_ascii=False))
    return 0


@asynccontextmanager
async def _audit(dsn: str) -> AsyncIterator[AuditLog]:
    if await pending(dsn):
        raise ConfigurationError(["the database is not migrated: run filmops migrate first"])
    pool = await open_pool(dsn, max_size=2, name="filmops-audit")
    try:
        yield build_store(pool).audit
    finally:
        await pool.close()


def _line(row: Row) -> dict[str, object]:
    return {
        "number": row.number,
        "at": row.at.isoformat(),
        "actor": row.entry.actor,
        "action": row.entry.action,
        "subject": row.entry.subject,
        "detail": dict(row.entry.detail),
        "previous": row.previous,
        "hash": row.hash,
    }
