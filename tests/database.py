"""Fixtures: one embedded PostgreSQL a test process, one fresh migrated database a test."""

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
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedServer]:
    """A server of this test process, with a migrated template; it need not survive a crash."""
    folder = Path(tempfile.mkdtemp(prefix="fo-", dir="/tmp"))  # Short: it holds the socket.
    folder.chmod(0o755)
    server = start_embedded(folder / "pg")
    try:
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.SQL(setting)))
            connection.execute("SELECT pg_reload_conf()")
            connection.execute(f"CREATE DATABASE {_TEMPLATE}")
        asyncio.run(migrate(server.dsn_of(_TEMPLATE)))
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture
def database_dsn(postgres_server: EmbeddedServer) -> Iterator[str]:
    """The connection string of a fresh, migrated database of this test alone."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres_server.dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    yield postgres_server.dsn_of(name)
    with psycopg.connect(postgres_server.dsn, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


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
