"""Connections: an asyncio pool that reconnects eagerly, and the two ways to use one.

`read` is for one statement, `transaction` for several that hold together. Both translate the
database's errors (bot.adapters.postgres.faults). After this come the parts of the store.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from bot.adapters.postgres.faults import translating
from bot.adapters.postgres.sql import QUERIES

Connection = AsyncConnection[DictRow]
Pool = AsyncConnectionPool[Connection]

_KEEPALIVE = {
    # A silent network loss is noticed within about ten seconds instead of two hours.
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}


IDLE_SECONDS = 15
"""How long a process that stands still in mid-transaction keeps what it has locked."""


async def _configure(connection: Connection) -> None:
    """Each statement is its own transaction unless `transaction` says otherwise.

    Not by connection parameters: Procrastinate's listener passes `autocommit` itself, and a
    pooler in between refuses start-up options.
    """
    await connection.set_autocommit(True)
    await connection.execute(
        "SELECT set_config('TimeZone', 'UTC', false),"
        " set_config('statement_timeout', '15s', false),"
        " set_config('idle_in_transaction_session_timeout', %s, false)",
        (f"{IDLE_SECONDS}s",),
    )


async def _alive(connection: Connection) -> None:
    """Raise OperationalError for a connection whose server has hung up.

    It reads what has come and asks nothing: a question before each statement would double the
    words with the database. The first read may find the server's last words, the second its end.
    What is silently lost is noticed by the keepalives.
    """
    for _ in range(2):
        connection.pgconn.consume_input()


OPEN_SECONDS = 10.0
"""How long a starting process waits for its first connections."""

WAIT_SECONDS = 2.0
"""How long a caller waits for one: shorter than the three seconds in which Slack must be told
that its command was not taken."""


async def open_pool(
    dsn: str,
    *,
    min_size: int = 2,
    max_size: int = 10,
    timeout: float = WAIT_SECONDS,
    name: str = "filmops",
) -> Pool:
    """Open a pool and wait for its first connections; raise Temporary when there is no server.

    `timeout` (seconds) is how long a caller waits for a connection before Temporary. Close it
    with `await pool.close()`.
    """
    pool = Pool(
        dsn,
        connection_class=AsyncConnection[DictRow],
        kwargs={"row_factory": dict_row, "application_name": name, **_KEEPALIVE},
        configure=_configure,
        check=_alive,
        min_size=min_size,
        max_size=max_size,
        timeout=timeout,
        # Give up an attempt soon: the next caller then starts a new one at once, while a long
        # attempt would back off to a minute between tries and be blind to the server's return.
        reconnect_timeout=1.0,
        open=False,
        name=name,
    )
    with translating():
        try:
            await pool.open(wait=True, timeout=OPEN_SECONDS)
        except BaseException:
            await pool.close()
            raise
    return pool


@asynccontextmanager
async def connected(pool: Pool) -> AsyncIterator[Connection]:
    """A connection whose every statement stands alone."""
    with translating():
        async with pool.connection() as connection:
            yield connection


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """A connection on which all that is done holds together, or none of it."""
    with translating():
        async with pool.connection() as connection, connection.transaction():
            yield connection


async def rows(connection: Connection, name: str, /, **params: Any) -> list[DictRow]:
    """What a named query returns."""
    cursor = await connection.execute(QUERIES[name], params)
    return await cursor.fetchall()


async def row(connection: Connection, name: str, /, **params: Any) -> DictRow | None:
    """The first row of a named query, if there is one."""
    cursor = await connection.execute(QUERIES[name], params)
    return await cursor.fetchone()


async def run(connection: Connection, name: str, /, **params: Any) -> int:
    """Carry out a named query that returns nothing; the number of rows it changed."""
    cursor = await connection.execute(QUERIES[name], params)
    return cursor.rowcount
