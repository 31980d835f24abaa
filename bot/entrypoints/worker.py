"""The worker process: carries runs, publishes cards, and sees that nothing is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from bot.engine.publisher import Publisher
from bot.engine.reconciler import requeue
from bot.engine.world import World
from bot.entrypoints.rounds import every, publish

REQUEUE_SECONDS = 2.0


async def work(
    world: World,
    *,
    carry: Callable[[asyncio.Event], Coroutine[Any, Any, None]],
    notified: Callable[[float], Awaitable[None]],
    stop: asyncio.Event,
) -> None:
    """Until `stop`. `carry` runs the queue's worker, `notified` waits for the store's word."""
    async with asyncio.TaskGroup() as group:
        group.create_task(carry(stop))
        group.create_task(publish(Publisher(world), notified, stop))
        group.create_task(every(REQUEUE_SECONDS, stop, "requeueing", lambda: requeue(world)))
