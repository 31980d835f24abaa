"""Locks and freezes: one of a kind on a resource, until it is released or expires."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.domain.lock import EVERYTHING, NEVER, Lock, LockKind
from bot.ports import Store
from tests.contract.asking import MOMENT, NOW, after, entry, intact, rows, unwritable

pytestmark = pytest.mark.contract

MINE = Lock(
    kind=LockKind.LOCK,
    resource="service/web",
    owner="U0MARA",
    reason="debugging",
    taken_at=NOW,
    expires_at=after(600),
)
THEIRS = replace(MINE, owner="U0IVO", reason="me too", taken_at=after(1), expires_at=after(700))


async def test_the_second_is_told_who_holds_it(either_store: Store) -> None:
    assert await either_store.locks.take(MINE, entry("lock")) is None
    assert await either_store.locks.take(THEIRS, entry("lock")) == MINE
    assert await either_store.locks.take(MINE, entry("lock")) == MINE
    assert await either_store.locks.held(after(1)) == (MINE,)
    assert await intact(either_store) == ["lock"]
    assert (await rows(either_store))[0].at == NOW


async def test_of_many_at_once_one_has_it(either_store: Store) -> None:
    locks = [replace(MINE, owner=f"U0{number:03}") for number in range(10)]
    told = await asyncio.gather(*(either_store.locks.take(lock, entry("lock")) for lock in locks))
    assert told.count(None) == 1
    holder = locks[told.index(None)]
    assert {lock for lock in told if lock is not None} == {holder}
    assert await intact(either_store) == ["lock"]


async def test_kinds_and_resources_are_apart(either_store: Store) -> None:
    freeze = replace(MINE, kind=LockKind.FREEZE, taken_at=after(1))
    everything = replace(freeze, resource=EVERYTHING, taken_at=after(2))
    for lock in (everything, freeze, MINE):
        assert await either_store.locks.take(lock, entry()) is None
    assert await either_store.locks.held(after(3)) == (MINE, freeze, everything)


async def test_an_expired_one_is_nobodys(either_store: Store) -> None:
    await either_store.locks.take(MINE, entry("lock"))
    assert await either_store.locks.held(after(600) - MOMENT) == (MINE,)
    assert await either_store.locks.held(after(600)) == ()
    release = either_store.locks.release
    assert await release("service/web", LockKind.LOCK, entry("unlock"), after(600)) is None
    late = replace(THEIRS, taken_at=after(600))
    assert await either_store.locks.take(late, entry("lock")) is None
    assert await either_store.locks.held(after(601)) == (late,)
    assert await intact(either_store) == ["lock", "lock"]


async def test_releasing_says_what_was_held_and_only_once(either_store: Store) -> None:
    await either_store.locks.take(MINE, entry("lock"))
    release = either_store.locks.release
    assert await release("service/web", LockKind.FREEZE, entry("unlock"), after(1)) is None
    assert await release("service/api", LockKind.LOCK, entry("unlock"), after(1)) is None
    told = await asyncio.gather(
        *(release("service/web", LockKind.LOCK, entry("unlock"), after(1)) for _ in range(4))
    )
    assert sorted(told, key=lambda lock: lock is None) == [MINE, None, None, None]
    assert await intact(either_store) == ["lock", "unlock"]
    assert await either_store.locks.take(THEIRS, entry("lock")) is None


async def test_without_its_audit_row_nothing_is_taken_or_released(either_store: Store) -> None:
    with pytest.raises((TypeError, ValueError)):
        await either_store.locks.take(MINE, unwritable())
    assert await either_store.locks.held(NOW) == ()
    await either_store.locks.take(MINE, entry())
    with pytest.raises((TypeError, ValueError)):
        await either_store.locks.release("service/web", LockKind.LOCK, unwritable(), NOW)
    assert await either_store.locks.held(NOW) == (MINE,)


async def test_taking_while_it_is_released_ends_one_way_or_the_other(either_store: Store) -> None:
    for _ in range(10):
        await either_store.locks.take(MINE, entry())
        told, _ = await asyncio.gather(
            either_store.locks.take(THEIRS, entry()),
            either_store.locks.release("service/web", LockKind.LOCK, entry(), after(1)),
        )
        assert told in (None, MINE)
        await either_store.locks.release("service/web", LockKind.LOCK, entry(), after(1))


async def test_one_without_an_end_comes_back_without_one(either_store: Store) -> None:
    standing = replace(MINE, kind=LockKind.FREEZE, expires_at=NEVER)
    assert await either_store.locks.take(standing, entry()) is None
    (held,) = await either_store.locks.held(after(3600 * 24 * 400))
    assert held == standing
    assert held.standing
    assert not MINE.standing
