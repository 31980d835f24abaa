"""Fixtures: one embedded PostgreSQL a test process, one database as new a test.

A database costs 60 ms to make and to drop, most tests write a row or two: what a test leaves is
emptied by tests/database.sql and given to the next one, unless it changed the schema.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from bot.adapters.memory.store import build_memory_store
from bot.adapters.postgres.embedded import EmbeddedServer, start_embedded
from bot.adapters.postgres.migrate import migrate
from bot.adapters.postgres.pool import Pool, open_pool
from bot.adapters.postgres.store import build_store
from bot.ports import Store

_TEMPLATE = "filmops_template"
_RESTORE = Path(__file__).with_suffix(".sql")
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedServer]:
    """A server of this test process, with a migrated template; it need not survive a crash."""
    folder = Path(tempfile.mkdtemp(prefix="fo-", dir="/tmp"))  # Short: it holds the socket.
    folder.chmod(0o755)
    server = start_embedded(folder / "pg")
    try:
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.SQL(setting)))
            connection.execute("SELECT pg_reload_conf()")
            connection.execute(f"CREATE DATABASE {_TEMPLATE}")
        asyncio.run(migrate(server.dsn_of(_TEMPLATE)))
        with psycopg.connect(server.dsn_of(_TEMPLATE), autocommit=True) as connection:
            connection.execute(_RESTORE.read_bytes())
            connection.execute("INSERT INTO pristine.seen VALUES (pristine.schema_seen())")
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def as_new() -> list[str]:
    """The names of the databases that are as new and nobody's."""
    return []


@pytest.fixture
def database_dsn(postgres_server: EmbeddedServer, as_new: list[str]) -> Iterator[str]:
    """The connection string of a migrated database, as new, of this test alone."""
    name = as_new.pop() if as_new else made(postgres_server)
    dsn = postgres_server.dsn_of(name)
    yield dsn
    if restored(dsn):
        as_new.append(name)
    else:
        with psycopg.connect(postgres_server.dsn, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def restored(dsn: str) -> bool:
    """Make a test's database as new; False when it cannot be."""
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            [(done,)] = connection.execute("SELECT pristine.restore()").fetchall()
            return bool(done)
    except psycopg.Error:
        return False


def made(server: EmbeddedServer) -> str:
    """Make a new database; its name."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    return name


@pytest.fixture
def empty_dsn(postgres_server: EmbeddedServer) -> Iterator[str]:
    """The connection string of a database with nothing in it, not even migrations."""
    with psycopg.connect(postgres_server.dsn, autocommit=True) as connection:
        connection.execute("CREATE DATABASE bare")
    yield postgres_server.dsn_of("bare")
    with psycopg.connect(postgres_server.dsn, autocommit=True) as connection:
        connection.execute("DROP DATABASE bare WITH (FORCE)")


@pytest.fixture
async def pool(database_dsn: str) -> AsyncIterator[Pool]:
    """An open pool on that database."""
    opened = await open_pool(database_dsn, min_size=1, max_size=10)
    yield opened
    await opened.close()


@pytest.fixture
def store(pool: Pool) -> Store:
    """The real store on that database."""
    return build_store(pool)


@pytest.fixture(params=["twin", "postgres"])
def either_store(request: pytest.FixtureRequest) -> Store:
    """The memory twin, then the real store: what a contract test is run on."""
    if request.param == "twin":
        return build_memory_store()
    real: Store = request.getfixturevalue("store")
    return real
