"""Commands that answer on the console: check, migrate, audit verify and export."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from bot.adapters.postgres.migrate import migrate, pending
from bot.adapters.postgres.pool import open_pool
from bot.adapters.postgres.store import build_store
from bot.app import checking, database
from bot.domain.audit import Row
from bot.engine.chain import examined
from bot.errors import ConfigurationError, FilmOpsError
from bot.ports import AuditLog, Finding
from bot.settings import Settings, problems_with
from bot.topology import Topology

Work = Callable[[str], Coroutine[Any, Any, int]]
Start = Callable[[], Coroutine[Any, Any, None]]


def say(line: str) -> None:
    """A line to whoever typed the command."""
    sys.stdout.write(line + "\n")


async def check(settings: Settings, topology: Topology) -> int:
    """Everything outside, one line each with the fix; 1 when anything is wrong."""
    findings = [
        Finding(subject="topology", ok=True, said=f"{settings.filmops_config} is read and coherent")
    ]
    findings += [
        Finding(subject="settings", ok=False, said=problem, fix="docs/settings.md")
        for problem in problems_with(settings, topology)
    ]
    findings.append(await _database(settings))
    async with checking(settings, topology) as parts:
        for part in parts:
            findings += await part.check()
    for finding in findings:
        mark = "ok  " if finding.ok else "FAIL"
        fix = f"  →  {finding.fix}" if finding.fix and not finding.ok else ""
        say(f"{mark}  {finding.subject}: {finding.said}{fix}")
    wrong = sum(1 for finding in findings if not finding.ok)
    say(f"{len(findings)} looked at, {wrong} to mend.")
    return 1 if wrong else 0


async def _database(settings: Settings) -> Finding:
    try:
        dsn, server = database(settings)
        try:
            missing = await pending(dsn)
        finally:
            if server is not None:
                server.stop()
    except (FilmOpsError, ConfigurationError) as error:
        return Finding(subject="database", ok=False, said=str(error), fix="see DATABASE_URL")
    if missing:
        said = f"lacks {', '.join(missing)}"
        return Finding(subject="database", ok=False, said=said, fix="filmops migrate")
    return Finding(subject="database", ok=True, said="answers and is migrated")


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
