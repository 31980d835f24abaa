"""No webhook is lost, and none is acted on twice."""

from __future__ import annotations

import asyncio

import pytest

from bot.adapters.postgres.listen import HOOKS, Listener
from bot.ports import Hook, Hooks, Store
from tests.contract.asking import NOW, after

LEASE = 10.0
HOUR = 3600.0

pytestmark = pytest.mark.contract


def hook(name: str = "h1", *, tries: int = 0) -> Hook:
    payload = {"event": {"id": name, "data": {"title": "5xx \u0000 \ud800", "n": [1.5, None]}}}
    return Hook(id=name, source="pagerduty", payload=payload, tries=tries)


async def claimed(hooks: Hooks, seconds: float, *, limit: int = 10) -> tuple[Hook, ...]:
    """What is claimed so many seconds later, for a lease of ten."""
    return await hooks.claim(now=after(seconds), lease_until=after(seconds + LEASE), limit=limit)


async def test_a_hook_sent_three_times_is_taken_once(either_store: Store) -> None:
    hooks = either_store.hooks
    assert [await hooks.take(hook(), NOW) for _ in range(3)] == [True, False, False]
    assert await claimed(hooks, 0) == (hook(tries=1),)


async def test_of_many_at_once_one_is_taken(either_store: Store) -> None:
    taken = await asyncio.gather(*(either_store.hooks.take(hook(), NOW) for _ in range(10)))
    assert taken.count(True) == 1


async def test_hooks_are_claimed_whole_and_oldest_first(either_store: Store) -> None:
    hooks = either_store.hooks
    await hooks.take(hook("young"), after(1))
    await hooks.take(hook("old"), NOW)
    await hooks.take(hook("fresh"), after(30))
    assert await claimed(hooks, 40, limit=2) == (hook("old", tries=1), hook("young", tries=1))
    assert await claimed(hooks, 40, limit=2) == (hook("fresh", tries=1),)


async def test_a_256_kb_hook_is_kept_to_the_letter(either_store: Store) -> None:
    large = Hook(id="large", source="sns", payload={"Message": "ž" * 256_000})
    await either_store.hooks.take(large, NOW)
    (found,) = await claimed(either_store.hooks, 0)
    assert (found.source, found.payload) == ("sns", large.payload)


async def test_what_a_dead_process_left_is_claimed_again_and_again(either_store: Store) -> None:
    hooks = either_store.hooks
    await hooks.take(hook(), NOW)
    assert await claimed(hooks, 0)
    assert await claimed(hooks, LEASE - 0.001) == ()
    tries = [(await claimed(hooks, LEASE * n))[0].tries for n in range(1, 8)]
    assert tries == [2, 3, 4, 5, 6, 7, 8]


async def test_two_claims_at_once_share_no_hook(either_store: Store) -> None:
    hooks = either_store.hooks
    for number in range(20):
        await hooks.take(hook(f"h{number}"), NOW)
    found = await asyncio.gather(*(claimed(hooks, 1, limit=5) for _ in range(6)))
    ids = [one.id for part in found for one in part]
    assert len(ids) == len(set(ids))


async def test_one_that_failed_for_now_comes_back_when_it_said(either_store: Store) -> None:
    hooks = either_store.hooks
    await hooks.take(hook(), NOW)
    await claimed(hooks, 0)
    assert await hooks.later("h1", next_at=after(60), said="PagerDuty \0 does not answer")
    assert await claimed(hooks, 59.9) == ()
    assert await claimed(hooks, 60) == (hook(tries=2),)


async def test_one_that_fails_is_tried_for_48_hours_and_then_left_alone(
    either_store: Store,
) -> None:
    hooks = either_store.hooks
    await hooks.take(hook(), NOW)
    assert await hooks.later("h1", next_at=after(48 * HOUR), said="no")
    assert await claimed(hooks, 48 * HOUR)
    assert not await hooks.later("h1", next_at=after(48 * HOUR + 1), said="no")
    assert await claimed(hooks, 100 * HOUR) == ()
    assert not await hooks.take(hook(), after(100 * HOUR)), "it is still there to be looked at"


async def test_one_nobody_has_claimed_is_not_given_up_however_old(either_store: Store) -> None:
    await either_store.hooks.take(hook(), NOW)
    assert await claimed(either_store.hooks, 100 * HOUR) == (hook(tries=1),)


async def test_one_dealt_with_does_not_come_back(either_store: Store) -> None:
    hooks = either_store.hooks
    await hooks.take(hook(), NOW)
    await claimed(hooks, 0)
    await hooks.done("h1", after(1))
    assert not await hooks.later("h1", next_at=after(2), said="a process that was only asleep")
    assert await claimed(hooks, 60) == ()
    assert not await hooks.take(hook(), after(60))


async def test_an_unknown_one_is_nobodys(either_store: Store) -> None:
    await either_store.hooks.done("nothing", NOW)
    assert not await either_store.hooks.later("nothing", next_at=NOW, said="")


async def test_an_id_is_remembered_longer_than_a_sender_repeats(either_store: Store) -> None:
    hooks = either_store.hooks
    await hooks.take(hook(), NOW)
    await hooks.done("h1", NOW)
    await claimed(hooks, 71 * HOUR)
    assert not await hooks.take(hook(), after(71 * HOUR))
    await claimed(hooks, 73 * HOUR)
    assert await hooks.take(hook(), after(73 * HOUR))


async def test_whoever_waits_is_woken_when_one_is_taken(store: Store, database_dsn: str) -> None:
    listener = Listener(database_dsn, channel=HOOKS)
    await listener.wait(0)
    woken = asyncio.create_task(listener.wait(50))
    await store.hooks.take(hook(), NOW)
    async with asyncio.timeout(30):
        await woken
    await listener.close()
