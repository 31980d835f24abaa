"""The audit log: gapless, chained, append-only; what is done to it from outside is found."""

from __future__ import annotations

import asyncio
from datetime import timedelta, timezone
from typing import Any

import psycopg
import pytest

from bot.adapters.postgres.pool import Pool, connected
from bot.domain.audit import GENESIS, Head, broken
from bot.errors import OperationFailed
from bot.ports import Store
from tests.contract.asking import NOW, entry, intact, rows, unwritable

pytestmark = pytest.mark.contract


async def test_an_empty_log_holds(either_store: Store) -> None:
    assert await either_store.audit.head() == Head(number=0, hash=GENESIS)
    assert await intact(either_store) == []


async def test_rows_come_back_as_they_were_written(either_store: Store) -> None:
    detail: dict[str, Any] = {
        "float": 1.0,
        "large": 1e22,
        "small": 1e-7,
        "text": 'Ř "quoted" \\ \U0001f600 \u0000 \ud800',
        "deep": {"b": [1, None, True], "a": {}},
    }
    assert await either_store.audit.append(entry("first", **detail), NOW) == 1
    assert await either_store.audit.append(entry("second"), NOW) == 2
    first, second = await rows(either_store)
    assert (first.number, first.at, first.entry) == (1, NOW, entry("first", **detail))
    assert second.previous == first.hash
    assert await intact(either_store) == ["first", "second"]


async def test_the_time_is_the_instant_whatever_the_zone(either_store: Store) -> None:
    away = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    await either_store.audit.append(entry(), away)
    assert (await rows(either_store))[0].at == NOW
    await intact(either_store)


async def test_what_postgres_cannot_hold_is_written_all_the_same(either_store: Store) -> None:
    await either_store.audit.append(entry("nul \0 and half \ud800"), NOW)
    assert len(await intact(either_store)) == 1


async def test_many_writers_leave_no_gap(either_store: Store) -> None:
    numbers = await asyncio.gather(
        *(either_store.audit.append(entry(f"a{n}"), NOW) for n in range(60))
    )
    assert sorted(numbers) == list(range(1, 61))
    assert len(await intact(either_store)) == 60


async def test_a_long_log_is_read_whole(either_store: Store, monkeypatch: Any) -> None:
    monkeypatch.setattr("bot.adapters.postgres.audit._PAGE", 4)
    for number in range(8):
        await either_store.audit.append(entry(f"a{number}"), NOW)
    assert await intact(either_store) == [f"a{number}" for number in range(8)]


async def test_an_entry_that_cannot_be_written_leaves_no_trace(either_store: Store) -> None:
    with pytest.raises((TypeError, ValueError)):
        await either_store.audit.append(unwritable(), NOW)
    assert await either_store.audit.append(entry("next"), NOW) == 1
    assert await intact(either_store) == ["next"]


REFUSED = [
    "UPDATE audit SET action = 'nothing'",
    "DELETE FROM audit",
    "TRUNCATE audit",
    "DELETE FROM audit_head",
    "TRUNCATE audit_head",
    "INSERT INTO audit_head VALUES (false, 0, '')",
    "UPDATE audit_head SET number = 0",
]


@pytest.mark.parametrize("statement", REFUSED)
async def test_even_the_owner_may_only_append(pool: Pool, store: Store, statement: str) -> None:
    await store.audit.append(entry("kept"), NOW)
    with pytest.raises(OperationFailed, match="append-only"):
        async with connected(pool) as connection:
            await connection.execute(statement.encode())
    assert await intact(store) == ["kept"]


TAMPERED = {
    "UPDATE audit SET action = 'other' WHERE number = 2": "row 2 was changed",
    "UPDATE audit SET actor = 'U0ELSE' WHERE number = 1": "row 1 was changed",
    "UPDATE audit SET at = at + interval '1 microsecond' WHERE number = 3": "row 3 was changed",
    """UPDATE audit SET detail = '{"n": 9}' WHERE number = 2""": "row 2 was changed",
    "DELETE FROM audit WHERE number = 2": "row 2 is missing",
    "DELETE FROM audit WHERE number = 1": "row 1 is missing",
    "DELETE FROM audit WHERE number = 4": "rows were cut off",
    "DELETE FROM audit": "rows were cut off",
    """
    UPDATE audit SET number = 9 WHERE number = 2;
    UPDATE audit SET number = 2 WHERE number = 3;
    UPDATE audit SET number = 3 WHERE number = 9
    """: "row 2 does not follow row 1",
}


@pytest.mark.parametrize("statement", TAMPERED)
async def test_what_a_superuser_does_to_it_is_found(
    database_dsn: str, store: Store, statement: str
) -> None:
    for number in range(4):
        await store.audit.append(entry(f"a{number}", n=number), NOW)
    with psycopg.connect(database_dsn) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")  # Past the triggers.
        connection.execute(statement.encode())
    found = broken(await rows(store), await store.audit.head())
    assert found is not None
    assert TAMPERED[statement] in found
