"""No delivery of Slack's is lost, and none is dealt with twice."""

from __future__ import annotations

import asyncio

import pytest

from bot.ports import Delivery, Inbox, Store
from tests.contract.asking import NOW, after

LEASE = 10.0

pytestmark = pytest.mark.contract


def delivery(key: str = "k1") -> Delivery:
    return Delivery(key=key, kind="command", payload={"text": "status", "nested": {"a": [1.0]}})


async def claimed(inbox: Inbox, seconds: float, *, limit: int = 10) -> tuple[Delivery, ...]:
    """What is claimed so many seconds later, for a lease of ten."""
    return await inbox.claim(
        now=after(seconds), lease_until=after(seconds + LEASE), limit=limit, times=4
    )


async def test_a_delivery_sent_three_times_is_taken_once(either_store: Store) -> None:
    inbox = either_store.inbox
    assert [await inbox.take(delivery(), NOW) for _ in range(3)] == [True, False, False]


async def test_of_many_at_once_one_is_taken(either_store: Store) -> None:
    taken = await asyncio.gather(*(either_store.inbox.take(delivery(), NOW) for _ in range(10)))
    assert taken.count(True) == 1


async def test_a_delivery_dealt_with_is_neither_claimed_nor_taken_again(
    either_store: Store,
) -> None:
    inbox = either_store.inbox
    await inbox.take(delivery(), NOW)
    await inbox.done("k1", NOW)
    assert await claimed(inbox, 60) == ()
    assert not await inbox.take(delivery(), after(60))


async def test_what_is_there_is_claimed_whole_and_oldest_first(
    either_store: Store,
) -> None:
    inbox = either_store.inbox
    await inbox.take(delivery("young"), after(1))
    await inbox.take(delivery("old"), NOW)
    await inbox.take(delivery("fresh"), after(30))
    assert await claimed(inbox, 40, limit=2) == (delivery("old"), delivery("young"))
    assert await claimed(inbox, 40, limit=2) == (delivery("fresh"),)


async def test_a_claim_keeps_others_off_until_its_lease_ends(either_store: Store) -> None:
    inbox = either_store.inbox
    await inbox.take(delivery(), NOW)
    assert await claimed(inbox, 0)
    assert await claimed(inbox, LEASE - 0.001) == ()
    assert await claimed(inbox, LEASE), "its process died: the lease has run out"


async def test_each_claim_is_counted_and_after_the_last_it_is_left_alone(
    either_store: Store,
) -> None:
    inbox = either_store.inbox
    await inbox.take(delivery(), NOW)
    claims = [await claimed(inbox, n) for n in (10, 30, 50, 70, 90)]
    assert [[one.claims for one in found] for found in claims] == [[1], [2], [3], [4], []]


async def test_a_key_is_remembered_for_a_day(either_store: Store) -> None:
    inbox = either_store.inbox
    await inbox.take(delivery(), NOW)
    await inbox.done("k1", NOW)
    await claimed(inbox, 86_000)
    assert not await inbox.take(delivery(), after(86_000))
    await claimed(inbox, 86_500)
    assert await inbox.take(delivery(), after(86_500))
