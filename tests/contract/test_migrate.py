"""Migrations: once each, one process at a time, and never changed afterwards."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from bot.adapters.postgres import migrate as module
from bot.adapters.postgres.migrate import migrate
from bot.errors import ConfigurationError, Temporary

pytestmark = pytest.mark.contract


async def test_all_are_applied_in_order_and_once(empty_dsn: str) -> None:
    applied = await migrate(empty_dsn)
    ours = [name for name in applied if not name.startswith("procrastinate/")]
    assert ours == sorted(ours)
    assert ours[0] == "0001_store.sql"
    assert await migrate(empty_dsn) == ()


async def test_processes_starting_together_apply_them_once(empty_dsn: str) -> None:
    results = await asyncio.gather(*(migrate(empty_dsn) for _ in range(4)))
    assert sorted(len(applied) > 0 for applied in results) == [False, False, False, True]


async def test_a_changed_migration_stops_the_start(database_dsn: str) -> None:
    with psycopg.connect(database_dsn, autocommit=True) as connection:
        connection.execute("UPDATE migrations SET checksum = 'x' WHERE name = '0001_store.sql'")
    with pytest.raises(ConfigurationError, match=r"0001_store\.sql was changed"):
        await migrate(database_dsn)


async def test_a_migration_of_a_later_release_is_left_alone(database_dsn: str) -> None:
    with psycopg.connect(database_dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO migrations VALUES ('9999_later.sql', 'x')")
    assert await migrate(database_dsn) == ()


async def test_the_queues_new_migrations_are_applied(
    database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = ("procrastinate/99.sql", "CREATE TABLE of_procrastinate ()")
    theirs = (*module._theirs(), new)
    monkeypatch.setattr(module, "_theirs", lambda: iter(theirs))
    assert await migrate(database_dsn) == ("procrastinate/99.sql",)
    assert await migrate(database_dsn) == ()


async def test_a_migration_that_fails_leaves_nothing_and_is_named(
    database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = ("0999_wrong.sql", "CREATE TABLE half (); SELECT 1 / 0")
    ours = (*module._ours(), wrong)
    monkeypatch.setattr(module, "_ours", lambda: iter(ours))
    for _ in range(2):
        with pytest.raises(ConfigurationError, match=r"0999_wrong\.sql.*division by zero"):
            await migrate(database_dsn)


async def test_somebody_elses_queue_is_not_touched(empty_dsn: str) -> None:
    with psycopg.connect(empty_dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE procrastinate_jobs ()")
    with pytest.raises(ConfigurationError, match="somebody else"):
        await migrate(empty_dsn)


async def test_without_a_server_it_may_be_tried_again() -> None:
    with pytest.raises(Temporary):
        await migrate("host=/nonexistent dbname=none")
