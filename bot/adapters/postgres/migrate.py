"""Migrations: numbered, forward-only, one process at a time; Procrastinate's own included.

An applied file may never change: its checksum is kept. Migrations the database has and this
release does not know are left alone, so that a release may be rolled back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import AsyncConnection, sql
from psycopg.rows import DictRow, dict_row

from bot.adapters.postgres.faults import translating
from bot.errors import ConfigurationError

_LOCK = "SELECT pg_advisory_lock(hashtext('filmops.migrate'))"
_TABLE = """
CREATE TABLE IF NOT EXISTS migrations (
    name text PRIMARY KEY,
    checksum text NOT NULL
)
"""


async def migrate(dsn: str) -> tuple[str, ...]:
    """Bring the database up to this release; the names of what was applied, in order.

    Raises ConfigurationError when an applied file was changed, Temporary when the server
    cannot be reached.
    """
    with translating():
        async with await AsyncConnection[DictRow].connect(
            dsn, autocommit=True, row_factory=dict_row, connect_timeout=5
        ) as connection:
            await connection.execute(_LOCK)
            await connection.execute(_TABLE)
            cursor = await connection.execute("SELECT name, checksum FROM migrations")
            known = {row["name"]: row["checksum"] for row in await cursor.fetchall()}
            _refuse_changed(known)
            applied = await _procrastinate(connection, known)
            for name, text in _ours():
                if name not in known:
                    await _apply(connection, name, text)
                    applied.append(name)
            return tuple(applied)


async def pending(dsn: str) -> tuple[str, ...]:
    """What `migrate` would apply; empty when the database fits this release. Writes nothing.

    Raises ConfigurationError when an applied file was changed, Temporary when the server is away.
    """
    with translating():
        async with await AsyncConnection[DictRow].connect(
            dsn, autocommit=True, row_factory=dict_row, connect_timeout=5
        ) as connection:
            cursor = await connection.execute("SELECT to_regclass('migrations') AS there")
            found = await cursor.fetchone()
            if found is None or found["there"] is None:
                return ("everything",)
            cursor = await connection.execute("SELECT name, checksum FROM migrations")
            known = {row["name"]: row["checksum"] for row in await cursor.fetchall()}
    _refuse_changed(known)
    return tuple(name for name, _ in (*_theirs(), *_ours()) if name not in known)


def _ours() -> Iterator[tuple[str, str]]:
    folder = files("bot.adapters.postgres") / "migrations"
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".sql"):
            yield path.name, path.read_text(encoding="utf-8")


def _theirs() -> Iterator[tuple[str, str]]:
    for path in sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql")):
        yield f"procrastinate/{path.name}", path.read_text(encoding="utf-8")


def _refuse_changed(known: Mapping[str, str]) -> None:
    changed = [
        f"migration {name} was changed after it was applied: write a new one instead"
        for name, text in _ours()
        if name in known and known[name] != _checksum(text)
    ]
    if changed:
        raise ConfigurationError(changed)


async def _procrastinate(
    connection: AsyncConnection[DictRow], known: Mapping[str, str]
) -> list[str]:
    """Its whole schema where there is none, its new migrations where there is ours."""
    cursor = await connection.execute(
        "SELECT to_regclass('procrastinate_jobs') IS NOT NULL AS there"
    )
    found = await cursor.fetchone()
    if found is None or not found["there"]:
        async with connection.transaction():
            await connection.execute(SchemaManager.get_schema().encode())
            for name, text in _theirs():
                await _record(connection, name, text)
        return ["procrastinate/schema.sql"]
    if not any(name.startswith("procrastinate/") for name in known):
        raise ConfigurationError(
            ["the database holds Procrastinate tables of somebody else: give FilmOps its own"]
        )
    missing = [(name, text) for name, text in _theirs() if name not in known]
    for name, text in missing:
        await _apply(connection, name, text)
    return [name for name, _ in missing]


async def _apply(connection: AsyncConnection[DictRow], name: str, text: str) -> None:
    try:
        async with connection.transaction():
            await connection.execute(text.encode())
            await _record(connection, name, text)
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        raise ConfigurationError([f"migration {name}: {error}"]) from error


async def _record(connection: AsyncConnection[DictRow], name: str, text: str) -> None:
    await connection.execute(
        sql.SQL("INSERT INTO migrations (name, checksum) VALUES (%s, %s)"), (name, _checksum(text))
    )


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
