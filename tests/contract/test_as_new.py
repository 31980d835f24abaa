"""What tests stand on: a database that another test had is as new (tests.database)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from bot.adapters.postgres.embedded import EmbeddedServer
from bot.adapters.postgres.pool import open_pool
from bot.adapters.postgres.store import build_store
from tests.contract.asking import NOW, entry, request, yes
from tests.database import made, restored

pytestmark = pytest.mark.contract

CHANGES = (
    "CREATE TABLE more ()",
    "CREATE INDEX more ON inbox (kind)",
    "ALTER TABLE locks ADD COLUMN more text",
    "ALTER TABLE locks ALTER COLUMN reason SET DEFAULT 'none'",
    "ALTER TABLE locks DROP CONSTRAINT locks_kind_check",
    "ALTER TABLE audit DISABLE TRIGGER ALL",
    "DROP TRIGGER inbox_taken ON inbox",
    "CREATE OR REPLACE FUNCTION want_card(_subject text) RETURNS void LANGUAGE sql AS ''",
    "ALTER SEQUENCE card_changes INCREMENT BY 2",
    "ALTER VIEW whole_requests RENAME COLUMN note TO more",
    "DROP VIEW whole_requests",
    "CREATE SCHEMA more",
    "DROP SCHEMA public CASCADE; CREATE SCHEMA public",
    "TRUNCATE locks",
)


def contents(dsn: str) -> dict[str, Any]:
    """Every row and every sequence of it."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        found: dict[str, Any] = {}
        for kind, query in (("r", "SELECT x::text FROM {} x"), ("S", "TABLE {}")):
            names = connection.execute(
                "SELECT nspname, relname FROM pg_class JOIN pg_namespace n ON relnamespace = n.oid"
                " WHERE relkind = %s AND nspname IN ('public', 'pristine')",
                (kind,),
            ).fetchall()
            for name in names:
                every = connection.execute(sql.SQL(query).format(sql.Identifier(*name))).fetchall()
                # The last column but one only counts what is reserved ahead.
                found[".".join(name)] = [(r[0], r[-1]) for r in every] if kind == "S" else every
        return found


async def test_whatever_a_test_wrote_is_gone_and_numbers_begin_again(
    postgres_server: EmbeddedServer, database_dsn: str
) -> None:
    new = contents(postgres_server.dsn_of(made(postgres_server)))
    for _ in range(2):
        pool = await open_pool(database_dsn)
        store = build_store(pool)
        asked = await store.requests.open(request(), entry())
        assert asked.id == 1
        await store.requests.decide(asked.id, yes("U0IVO"), entry())
        await store.audit.append(entry(), NOW)
        await pool.close()
        with psycopg.connect(database_dsn, autocommit=True) as connection:
            connection.execute("UPDATE migrations SET checksum = 'x'")
            connection.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
                " VALUES ('q', 't', '{}')"
            )
        assert contents(database_dsn) != new
        assert restored(database_dsn)
        assert contents(database_dsn) == new


def test_one_that_somebody_still_has_open_is_not_given_to_another(database_dsn: str) -> None:
    with psycopg.connect(database_dsn) as left:
        left.execute("INSERT INTO locks SELECT 'lock', 'r', 'o', '', %s, %s", (NOW, NOW))
        assert not restored(database_dsn)
    assert restored(database_dsn)


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_the_schema_is_seen(database_dsn: str, change: str) -> None:
    with psycopg.connect(database_dsn) as connection:
        unchanged = "SELECT schema = pristine.schema_seen() FROM pristine.seen"
        assert connection.execute(unchanged).fetchone() == (True,)
        connection.execute(change.encode())
        assert connection.execute(unchanged).fetchone() == (False,)
        connection.rollback()
    assert restored(database_dsn)


@pytest.mark.parametrize("change", ["CREATE TABLE more ()", "DROP SCHEMA pristine CASCADE"])
def test_one_whose_schema_was_changed_is_not_given_to_another(
    database_dsn: str, change: str
) -> None:
    with psycopg.connect(database_dsn, autocommit=True) as connection:
        connection.execute(change.encode())
    assert not restored(database_dsn)


def test_one_that_has_grown_is_not_given_to_another(database_dsn: str) -> None:
    with psycopg.connect(database_dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO locks SELECT 'lock', n::text, repeat('o', 500), '', %s, %s"
            " FROM generate_series(1, 2000) n",
            (NOW, NOW + timedelta(hours=1)),
        )
    assert not restored(database_dsn)
