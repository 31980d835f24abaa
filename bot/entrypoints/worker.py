"""The worker process: answers, carries runs, publishes cards, and forgets nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from bot.engine.desk import Desk
from bot.engine.publisher import Publisher
from bot.engine.reconciler import requeue
from bot.engine.world import World
from bot.entrypoints.rounds import every, on_word, tried
from bot.ports import Delivery

REQUEUE_SECONDS = 2.0
DRAIN_SECONDS = 20.0

AT_ONCE = 4
"""Deliveries a worker serves at a time; the rest stay in the inbox for whoever is free."""


class Answering:
    """Claims deliveries while there is room, and serves each in a task of its own."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._serving: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Claim and begin until the inbox is empty; waits for room, not for the last ones."""
        while True:
            if len(self._serving) >= AT_ONCE:
                await asyncio.wait(self._serving, return_when=asyncio.FIRST_COMPLETED)
            claimed = await self._desk.claim(AT_ONCE - len(self._serving))
            if not claimed:
                return
            for delivery in claimed:
                task = asyncio.create_task(self._one(delivery), name=f"serve {delivery.key}")
                self._serving.add(task)
                task.add_done_callback(self._serving.discard)

    async def _one(self, delivery: Delivery) -> None:
        await tried(f"serving {delivery.key}", lambda: self._desk.serve(delivery))

    async def drain(self) -> None:
        """Let what is being served end; what does not is claimed by another worker."""
        if self._serving:
            await asyncio.wait(self._serving, timeout=DRAIN_SECONDS)


async def work(
    world: World,
    desk: Desk,
    *,
    carry: Callable[[asyncio.Event], Coroutine[Any, Any, None]],
    cards_changed: Callable[[float], Awaitable[None]],
    delivered: Callable[[float], Awaitable[None]],
    stop: asyncio.Event,
) -> None:
    """Until `stop`. `carry` runs the queue's worker, the last two wait for the
    store's word that there is something to publish or to answer.
    """
    answering = Answering(desk)
    async with asyncio.TaskGroup() as group:
        group.create_task(carry(stop))
        group.create_task(on_word(cards_changed, stop, "publishing", Publisher(world).publish))
        group.create_task(on_word(delivered, stop, "answering", answering.serve))
        group.create_task(every(REQUEUE_SECONDS, stop, "requeueing", lambda: requeue(world)))
    await answering.drain()
