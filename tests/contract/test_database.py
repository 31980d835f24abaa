"""Connections, their faults, the clock and the listener, on a real server."""

from __future__ import annotations

import asyncio
from datetime import UTC, timedelta

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException

from bot.adapters import clock as clock_module
from bot.adapters.clock import build_clock
from bot.adapters.memory.clock import MemoryClock
from bot.adapters.postgres import pool as pool_module
from bot.adapters.postgres.faults import translating
from bot.adapters.postgres.listen import Listener
from bot.adapters.postgres.pool import Pool, connected, open_pool, transaction
from bot.errors import FilmOpsError, OperationFailed, Temporary
from bot.ports import Store
from tests.contract.asking import NOW, entry, request, yes

pytestmark = pytest.mark.contract

CUT_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def test_without_a_server_opening_may_be_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool_module, "OPEN_SECONDS", 0.2)
    with pytest.raises(Temporary):
        await open_pool("host=/nonexistent dbname=none", timeout=0.2)


async def test_connections_that_were_cut_are_replaced_at_once(pool: Pool, store: Store) -> None:
    await store.audit.append(entry(), NOW)
    async with connected(pool) as connection:
        await connection.execute(CUT_ALL)
    assert await store.audit.append(entry(), NOW) == 2


async def test_a_connection_cut_in_use_is_temporary_and_writes_nothing(
    pool: Pool, database_dsn: str
) -> None:
    async def cut_and_write() -> None:
        async with transaction(pool) as connection:
            await connection.execute("INSERT INTO locks SELECT 'lock', 'r', 'o', '', now(), now()")
            with psycopg.connect(database_dsn, autocommit=True) as other:
                other.execute(CUT_ALL)
            await connection.execute("SELECT 1")

    with pytest.raises(Temporary):
        await cut_and_write()
    async with connected(pool) as connection:
        cursor = await connection.execute("SELECT count(*) AS locks FROM locks")
        assert await cursor.fetchone() == {"locks": 0}


async def test_no_connection_free_in_time_is_temporary(database_dsn: str) -> None:
    small = await open_pool(database_dsn, min_size=1, max_size=1, timeout=0.1)
    try:
        async with connected(small):
            with pytest.raises(Temporary):
                async with connected(small):
                    pass
    finally:
        await small.close()


async def test_what_would_fail_again_is_an_operation_failed(pool: Pool) -> None:
    with pytest.raises(OperationFailed, match="does not exist") as failure:
        async with connected(pool) as connection:
            await connection.execute("SELECT FROM nowhere")
    assert failure.value.code == "database"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.errors.DeadlockDetected("x"), Temporary),
        (psycopg.errors.ReadOnlySqlTransaction("x"), Temporary),
        (psycopg.InterfaceError("x"), Temporary),
        (psycopg.errors.CheckViolation("x"), OperationFailed),
    ],
)
def test_the_queues_faults_are_told_by_their_cause(
    error: psycopg.Error, kind: type[FilmOpsError]
) -> None:
    wrapped = ConnectorException()
    wrapped.__cause__ = error
    with pytest.raises(kind), translating():
        raise wrapped
    with pytest.raises(OperationFailed), translating():
        raise ConnectorException


async def test_the_clock_is_the_databases(pool: Pool) -> None:
    clock = await build_clock(pool)
    async with connected(pool) as connection:
        cursor = await connection.execute("SELECT clock_timestamp() AS now")
        found = await cursor.fetchone()
    assert found is not None
    assert abs(clock.now() - found["now"]) < timedelta(seconds=5)
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.now() <= clock.now()


async def test_a_clock_that_is_wrong_is_put_right(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_module, "REFRESH_SECONDS", 0.01)
    clock = await build_clock(pool)
    right = clock.now()
    clock._measured -= timedelta(hours=1)
    stop = asyncio.Event()
    keeping = asyncio.create_task(clock.keep(pool, stop))
    async with asyncio.timeout(10):
        while clock.now() < right:  # noqa: ASYNC110 (a clock signals nothing)
            await asyncio.sleep(0.01)
    stop.set()
    await keeping


async def test_without_a_database_the_last_measure_stands(
    database_dsn: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(clock_module, "REFRESH_SECONDS", 0.01)
    closed = await open_pool(database_dsn, min_size=1)
    clock = await build_clock(closed)
    await closed.close()
    stop = asyncio.Event()
    keeping = asyncio.create_task(clock.keep(closed, stop))
    async with asyncio.timeout(10):
        while "not refreshed" not in caplog.text:  # noqa: ASYNC110 (a log signals nothing)
            await asyncio.sleep(0.01)
    stop.set()
    await keeping
    assert clock.now().tzinfo is not None


def test_the_twins_clock_moves_when_told() -> None:
    clock = MemoryClock(NOW)
    assert clock.now() == NOW
    assert clock.advance(1.5) == clock.now() == NOW + timedelta(seconds=1.5)
    assert clock.now().tzinfo is UTC


async def awake(listener: Listener) -> bool:
    """Whether it wakes long before its timeout."""
    try:
        async with asyncio.timeout(20):
            await listener.wait(60)
    except TimeoutError:
        return False
    return True


async def test_a_change_of_a_card_wakes_the_listener(store: Store, database_dsn: str) -> None:
    listener = Listener(database_dsn)
    try:
        await listener.wait(60)
        asked = await store.requests.open(request(needed=3), entry())
        assert await awake(listener)
        await store.requests.decide(asked.id, yes("U0IVO"), entry())
        await store.requests.decide(asked.id, yes("U0ANA"), entry())
        assert await awake(listener)
        await listener.wait(0.01)
    finally:
        await listener.close()
    await listener.close()


async def test_a_listener_that_was_cut_off_listens_again(
    store: Store, pool: Pool, database_dsn: str
) -> None:
    listener = Listener(database_dsn)
    try:
        await listener.wait(60)
        async with connected(pool) as connection:
            await connection.execute(CUT_ALL)
        assert await awake(listener)
        assert await awake(listener)
        await store.requests.open(request(), entry())
        assert await awake(listener)
    finally:
        await listener.close()


async def test_without_a_server_the_listener_waits_no_longer_than_told() -> None:
    listener = Listener("host=/nonexistent dbname=none")
    await listener.wait(0.01)
    await listener.close()
