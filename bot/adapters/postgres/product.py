"""The product's own PostgreSQL, read: health, and questions with a name.

Before it come handlers and the checks; after it a database that is not ours. Everything happens
in read-only transactions that are rolled back. What a session would be told by start-up options is
told in each transaction instead: a pooler in between refuses or forgets them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.errors import QueryCanceled
from psycopg.rows import DictRow, dict_row, tuple_row

from bot.adapters.postgres.product_faults import reading
from bot.adapters.postgres.sql import PRODUCT
from bot.domain.instance import Address
from bot.domain.live import Missing
from bot.domain.statement import without_values
from bot.domain.vitals import (
    Blocked,
    Replica,
    Rows,
    Server,
    Sessions,
    Slow,
    Table,
    Transaction,
    Vitals,
)
from bot.errors import FilmOpsError, OperationFailed, Temporary
from bot.topology import Database

T = TypeVar("T")

CONNECT_SECONDS = 5
PART_SECONDS = 3.0
"""How long one part of the health may take: a person waits, and the database may be in need."""

GRACE_SECONDS = 2.0
"""How much longer than its own limit a statement is waited for: the server may be beyond saying."""

NO_STATEMENTS = (
    "the extension pg_stat_statements is not there: name it in shared_preload_libraries of the "
    "parameter group, restart, then CREATE EXTENSION pg_stat_statements"
)

Connection = AsyncConnection[DictRow]


class ProductSql:
    """bot.ports.Sql on psycopg. `urls` go by the database's key."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls

    def knows(self, database: Database) -> bool:
        """Whether there is a URL for it."""
        return database.key in self._urls

    async def vitals(self, database: Database) -> Vitals:
        """Part after part on one connection: a database in need is not asked by eight at once."""
        async with self.connected(database) as connection:
            look = _Look(connection)
            (server,) = await look.rows("server", Server)
            size = await look.part("size", _bytes)
            return Vitals(
                server=server,
                sessions=await look.part("sessions", Sessions),
                size=size if isinstance(size, Missing) else size[0],
                tables=await look.part("tables", Table),
                slow=await look.slow(),
                blocked=await look.part("blocked", _blocked),
                transactions=await look.part("transactions", _transaction),
                replicas=await look.part("replicas", Replica),
            )

    async def read(
        self,
        database: Database,
        query: str,
        *,
        limit: int,
        seconds: float,
        at: Address | None = None,
    ) -> Rows:
        """By a cursor of the server's: what is not asked for stays there."""
        async with (
            self.connected(database, at) as connection,
            _within(connection, seconds, database.key),
        ):
            async with connection.cursor(name="filmops", row_factory=tuple_row) as cursor:
                await cursor.execute(query.encode())
                found = await cursor.fetchmany(limit + 1)
                names = tuple(column.name for column in cursor.description or ())
            return Rows(
                columns=names,
                rows=tuple(tuple(map(_text, row)) for row in found[:limit]),
                more=len(found) > limit,
            )

    @asynccontextmanager
    async def connected(
        self, database: Database, at: Address | None = None
    ) -> AsyncIterator[Connection]:
        """A connection that begins every transaction read-only. Raises as the port says."""
        url = self._urls.get(database.key)
        if url is None:
            raise OperationFailed(
                f"Nobody said where {database.key} is read.",
                code="not_set_up",
                hint="Set PRODUCT_DATABASE_URL (docs/settings.md).",
            )
        with reading(database.key):
            connection = await Connection.connect(
                url if at is None else _moved(url, at),
                row_factory=dict_row,
                application_name="filmops",
                connect_timeout=CONNECT_SECONDS,
                # A statement prepared behind a pooler is another session's when it is used.
                prepare_threshold=None,
            )
            async with connection:
                await connection.set_read_only(True)
                yield connection

    async def may_write(self, database: Database) -> tuple[bool, int]:
        """Whether our role is a superuser, and how many tables it could change.

        Read-only transactions keep FilmOps from it; its role should, too.
        """
        async with self.connected(database) as connection:
            ((superuser, tables),) = await _Look(connection).rows("may_write", _pair)
            return bool(superuser), int(tables)


def _moved(url: str, at: Address) -> str:
    """The same role, password, database and TLS at another address."""
    kept: dict[str, Any] = {**conninfo_to_dict(url), "host": at.host, "port": at.port}
    kept.pop("hostaddr", None)
    return make_conninfo(**kept)


@asynccontextmanager
async def _within(connection: Connection, seconds: float, what: str = "") -> AsyncIterator[None]:
    """A transaction that is told its limits and undone at the end; `what` is said when it has
    taken too long.
    """
    try:
        async with (
            asyncio.timeout(seconds + GRACE_SECONDS),
            connection.transaction(force_rollback=True),
        ):
            await connection.execute(
                "SELECT set_config('statement_timeout', %(limit)s, true),"
                " set_config('lock_timeout', '500ms', true),"
                " set_config('idle_in_transaction_session_timeout', '15s', true),"
                " set_config('TimeZone', 'UTC', true)",
                {"limit": f"{int(seconds * 1000)}ms"},
            )
            yield
    except (TimeoutError, QueryCanceled) as error:
        raise OperationFailed(
            f"{what}{': ' if what else ''}no answer within {seconds:g} s",
            code="timeout",
            hint="Is it under load, or locked?",
        ) from error


@dataclass(frozen=True, slots=True)
class _Look:
    """The parts of the health on one connection."""

    connection: Connection

    async def rows(self, name: str, made: Any) -> tuple[Any, ...]:
        """What a named query gives, each row made into a value."""
        async with _within(self.connection, PART_SECONDS):
            return await self._made(name, made)

    async def part(self, name: str, made: Any) -> Any:
        """The same, or Missing; a connection that is lost is no part."""
        try:
            with reading(name):
                return await self.rows(name, made)
        except Temporary:
            raise
        except FilmOpsError as error:
            return Missing(reason=error.message)

    async def slow(self) -> tuple[Slow, ...] | Missing:
        """Of the extension, where there is one."""
        try:
            with reading("pg_stat_statements"):
                async with _within(self.connection, PART_SECONDS):
                    cursor = await self.connection.execute(PRODUCT["statements_here"])
                    there = await cursor.fetchone()
                    if there is None:
                        return Missing(reason=NO_STATEMENTS)
                    if not there["usable"]:
                        schema = there["schema"]
                        return Missing(reason=f"it needs GRANT USAGE ON SCHEMA {schema}")
                    return await self._made("slow", partial(_with_query, Slow))
        except Temporary:
            raise
        except FilmOpsError as error:
            return Missing(reason=error.message)

    async def _made(self, name: str, made: Any) -> tuple[Any, ...]:
        cursor = await self.connection.execute(PRODUCT[name])
        return tuple([made(**row) async for row in cursor])


def _with_query(kind: type[T], **row: Any) -> T:
    return kind(**{**row, "query": without_values(row["query"] or "")})


def _pair(*, superuser: bool, tables: int) -> tuple[bool, int]:
    return superuser, tables


def _bytes(*, bytes: int) -> int:  # noqa: A002 - the column's name
    return bytes


def _blocked(**row: Any) -> Blocked:
    return _with_query(Blocked, **{**row, "by_query": without_values(row["by_query"])})


def _transaction(**row: Any) -> Transaction:
    return _with_query(Transaction, **row)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
