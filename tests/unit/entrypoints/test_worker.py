"""A worker answers, carries and publishes at once, a few at a time, and ends tidily."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from bot.engine.click import Action, Click, Counter, Reply
from bot.engine.desk import Desk
from bot.entrypoints.worker import AT_ONCE, Answering, work
from bot.errors import Temporary
from bot.ports import Delivery
from tests.stage import ANA, Stage

pytestmark = pytest.mark.unit


def delivery(number: int, action: str = "try") -> Delivery:
    payload = {"user": ANA, "team": "T1", "action": action, "response_url": ""}
    return Delivery(key=f"k{number}", kind="action", payload=payload)


class Slow:
    """An action that ends when it is told to; `most` is how many were under way at once."""

    def __init__(self) -> None:
        self.go, self.now, self.most, self.served = asyncio.Event(), 0, 0, 0

    async def act(self, counter: Counter, click: Click) -> Reply:
        self.now += 1
        self.most = max(self.most, self.now)
        await self.go.wait()
        self.now -= 1
        self.served += 1
        return None


def desk(stage: Stage, action: Action) -> Desk:
    actions: Mapping[str, Action] = {"try": action}
    return Desk(stage.world, stage.dispatch, actions)


async def test_a_few_are_served_at_a_time_and_none_is_left() -> None:
    stage, slow = Stage(), Slow()
    for number in range(AT_ONCE * 2 + 1):
        await stage.world.store.inbox.take(delivery(number), stage.clock.now())
    answering = Answering(desk(stage, slow.act))
    serving = asyncio.create_task(answering.serve())
    for _ in range(100):
        await asyncio.sleep(0)
    assert (slow.now, serving.done()) == (AT_ONCE, False)
    slow.go.set()
    await serving
    await answering.drain()
    assert (slow.served, slow.most) == (AT_ONCE * 2 + 1, AT_ONCE)


async def test_nothing_to_answer_is_nothing_to_wait_for() -> None:
    stage, slow = Stage(), Slow()
    answering = Answering(desk(stage, slow.act))
    await answering.serve()
    await answering.drain()
    assert slow.served == 0


async def test_a_delivery_whose_database_went_away_is_a_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage()

    class Away(Desk):
        async def serve(self, delivery: Delivery) -> None:
            raise Temporary("the database is away")

    await stage.world.store.inbox.take(delivery(1), stage.clock.now())
    answering = Answering(Away(stage.world, stage.dispatch, {}))
    await answering.serve()
    await answering.drain()
    assert "serving k1: the database is away" in caplog.text


async def test_a_worker_answers_carries_and_publishes_until_it_is_stopped() -> None:
    stage = Stage()
    stage.traffic()
    stop = asyncio.Event()
    request = await stage.ask()
    await stage.approve(request.id)
    stage.jobs.waiting.clear()  # Lost: the worker finds it missing.
    await stage.world.store.inbox.take(delivery(1, "home.status"), stage.clock.now())

    async def carry(until: asyncio.Event) -> None:
        while not until.is_set():
            await stage.jobs.drain()
            await asyncio.sleep(0.001)

    async def word(net_seconds: float) -> None:
        await asyncio.sleep(0.001)

    async def seen() -> None:
        for _ in range(10_000):
            posted = stage.chat.messages("ops-alerts")
            if posted and stage.chat.ephemerals and len(stage.production.effects) == 2:
                break
            await asyncio.sleep(0.001)
        stop.set()

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(seen())
        group.create_task(
            work(
                stage.world,
                stage.desk,
                carry=carry,
                cards_changed=word,
                delivered=word,
                stop=stop,
            )
        )
    assert len(stage.production.effects) == 2
    assert len(stage.chat.ephemerals) == 1
    assert len(stage.chat.messages("ops-alerts")) == 1
