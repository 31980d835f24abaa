"""What stands at the status page is kept with its line and its audit row, one post an incident."""

from __future__ import annotations

import pytest

from bot.domain.post import Post, PostStatus
from bot.ports import Store
from tests.contract.alarms import kinds, line, opened, resolved
from tests.contract.asking import entry, intact, unwritable

pytestmark = pytest.mark.contract

FIRST = Post(id="p1", status=PostStatus.INVESTIGATING)
LAST = Post(id="p1", status=PostStatus.RESOLVED)


async def keep(store: Store, number: int, post: Post, at: float = 0) -> bool:
    told = line("statuspage", at=at)
    return await store.posts.keep(number, post, happening=told, entry=entry("published"))


async def test_a_post_is_kept_with_its_line_and_its_audit_row(either_store: Store) -> None:
    made = await opened(either_store)
    assert await either_store.posts.of(made.id) is None
    assert await keep(either_store, made.id, FIRST)
    assert await either_store.posts.of(made.id) == FIRST
    assert await kinds(either_store, made.id) == ["opened", "statuspage"]
    assert await intact(either_store) == ["open", "published"]


async def test_a_later_state_takes_the_place_of_the_earlier(either_store: Store) -> None:
    made = await opened(either_store)
    assert await keep(either_store, made.id, FIRST)
    assert await keep(either_store, made.id, LAST, at=5)
    assert await either_store.posts.of(made.id) == LAST


async def test_nothing_is_kept_of_an_incident_nobody_has(either_store: Store) -> None:
    assert not await keep(either_store, 99, FIRST)


async def test_without_its_audit_row_nothing_is_kept(either_store: Store) -> None:
    made = await opened(either_store)
    with pytest.raises((TypeError, ValueError)):
        await either_store.posts.keep(
            made.id, FIRST, happening=line("statuspage"), entry=unwritable()
        )
    assert await either_store.posts.of(made.id) is None
    assert await kinds(either_store, made.id) == ["opened"]


async def test_a_post_outlives_its_incident_until_it_says_resolved(either_store: Store) -> None:
    made = await opened(either_store)
    assert await keep(either_store, made.id, FIRST)
    assert await either_store.posts.outlived() == ()
    assert await resolved(either_store, made.id, at=10)
    assert await either_store.posts.outlived() == (made.id,)
    assert await keep(either_store, made.id, LAST, at=20)
    assert await either_store.posts.outlived() == ()
