"""No delivery of Slack's is lost, and none is dealt with twice."""

from __future__ import annotations

import asyncio

import pytest

from bot.ports import Delivery, Store
from tests.contract.asking import MOMENT, NOW, after

pytestmark = pytest.mark.contract


def delivery(key: str = "k1") -> Delivery:
    return Delivery(key=key, kind="command", payload={"text": "status", "nested": {"a": [1.0]}})


async def test_a_delivery_sent_three_times_is_taken_once(either_store: Store) -> None:
    inbox = either_store.inbox
    assert [await inbox.take(delivery(), NOW) for _ in range(3)] == [True, False, False]


async def test_of_many_at_once_one_is_taken(either_store: Store) -> None:
    taken = await asyncio.gather(*(either_store.inbox.take(delivery(), NOW) for _ in range(10)))
    assert taken.count(True) == 1


async def test_a_delivery_dealt_with_is_neither_abandoned_nor_taken_again(
    either_store: Store,
) -> None:
    inbox = either_store.inbox
    await inbox.take(delivery(), NOW)
    await inbox.done("k1", NOW)
    assert await inbox.abandoned(before=after(60), now=after(60)) == ()
    assert not await inbox.take(delivery(), after(60))


async def test_what_a_dead_process_left_is_claimed_whole_and_oldest_first(
    either_store: Store,
) -> None:
    inbox = either_store.inbox
    await inbox.take(delivery("young"), after(1))
    await inbox.take(delivery("old"), NOW)
    await inbox.take(delivery("fresh"), after(30))
    found = await inbox.abandoned(before=after(30), now=after(40))
    assert found == (delivery("old"), delivery("young"))


async def test_a_claim_keeps_others_off_until_it_is_old_itself(either_store: Store) -> None:
    inbox = either_store.inbox
    await inbox.take(delivery(), NOW)
    assert await inbox.abandoned(before=NOW + MOMENT, now=after(30))
    assert await inbox.abandoned(before=after(29), now=after(31)) == ()
    assert await inbox.abandoned(before=after(31), now=after(61))


async def test_after_three_claims_it_is_left_alone(either_store: Store) -> None:
    inbox = either_store.inbox
    await inbox.take(delivery(), NOW)
    claims = [await inbox.abandoned(before=after(n), now=after(n)) for n in (10, 20, 30, 40)]
    assert [len(found) for found in claims] == [1, 1, 1, 0]


async def test_a_key_is_remembered_for_a_day(either_store: Store) -> None:
    inbox = either_store.inbox
    await inbox.take(delivery(), NOW)
    await inbox.done("k1", NOW)
    await inbox.abandoned(before=after(86_000), now=after(86_000))
    assert not await inbox.take(delivery(), after(86_000))
    await inbox.abandoned(before=after(86_500), now=after(86_500))
    assert await inbox.take(delivery(), after(86_500))
