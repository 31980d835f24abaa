"""A worker that dies before or after any call it makes: the next one finishes, and acts once.

The finest grain, in one process: the real engine and the real store, a production, a queue and
a clock in memory (tests.stage). A death is an exception nobody catches, after which that
worker's calls all fail; then the lease's time is let pass and a second worker goes on. What the
dead one had in hand is given back, as the queue's reaper does, for deaths *before* a call, and
lost for good, for the reconciler to miss, for those *after* one. The places are those an
undisturbed rollback comes by. Real processes and SIGKILLs are in test_killed_worker.py.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.live import Minute
from bot.domain.run import Run, RunState
from bot.domain.verdict import floor
from bot.engine.dispatch import Dispatch
from bot.engine.launch import Launcher
from bot.engine.lease import SECONDS
from bot.engine.reconciler import requeue
from bot.engine.runs import Runner
from bot.ports import Store
from bot.topology import Colour, Metrics, Rollback, load
from tests.chaos.tap import Tap, tapped
from tests.stage import SHIPPED, Stage

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(120)]

BY_THE_SECOND = {
    "metrics": Metrics(period_seconds=1, lag_seconds=0, history_minutes=1),
    "rollback": Rollback(watch_minutes=1, give_up_seconds=60),
}
SERVICE = "backend"
RESOURCE = f"service/{SERVICE}"

Place = Callable[[str], None]


class Died(BaseException):
    """The end of a worker. Not an Exception: nothing that tidies up after errors may see it."""


class Theatre(Stage):
    """The stage on the real store, where one rollback after the other is asked for."""

    def __init__(self, store: Store) -> None:
        super().__init__(topology=load(SHIPPED).model_copy(update=BY_THE_SECOND))
        self.world = replace(self.world, store=store)
        self.dispatch = Dispatch(self.world, self.operations)
        self._give_back: Callable[[], Awaitable[None]] | None = None

    async def approved(self) -> int:
        """Asked for and approved, all on blue; the request's number."""
        blue = {Colour.BLUE: 100, Colour.GREEN: 0}
        self.production.set_weights(SERVICE, blue)
        self.production.calls.clear()
        seconds = [floor(self.clock.now(), 1) + timedelta(seconds=n) for n in range(60)]
        self.production.minutes[SERVICE, Colour.GREEN] = [
            Minute(start=second, requests=20, errors=0, p95_seconds=0.2) for second in seconds
        ]
        request = await self.ask(f"rollback {SERVICE}")
        await self.approve(request.id)
        return request.id

    def worker(self, happen: Place) -> None:
        """From here on, jobs are carried by this one."""
        world = tapped(self.world, Tap(happen))
        launcher, runner = Launcher(world, self.operations), Runner(world, self.steps)

        async def launch(number: int) -> None:
            self._give_back = lambda: self.jobs.launch(number, RESOURCE)
            await launcher.launch(number)

        async def carry(number: int, position: int, attempt: int) -> None:
            job: Any = (number, position, attempt, RESOURCE)
            self._give_back = lambda: self.jobs.step(*job)
            await runner.carry(number, position, attempt)

        self.jobs.attach(launch, carry)

    async def reap(self) -> None:
        """The dead worker's job is in the queue again."""
        assert self._give_back is not None
        await self._give_back()

    async def carried(self, number: int) -> Run:
        """Let the time pass and jobs be carried until the run has ended."""
        for _ in range(50):
            await self.jobs.drain()
            run = await self.world.store.runs.get(number)
            if run is not None and not run.state.open:
                return run
            await requeue(self.world)
            due = self.jobs.next_at
            assert due is not None, f"{run}: nobody carries it"
            self.clock.advance(max(0.0, (due - self.clock.now()).total_seconds()))
        pytest.fail(f"R{number} does not end: {await self.request(number)} {self.jobs.waiting}")


async def test_wherever_a_worker_dies_the_next_finishes_and_each_change_is_made_once(
    store: Store,
) -> None:
    theatre = Theatre(store)
    places: list[str] = []
    theatre.worker(places.append)
    await theatre.carried(await theatre.approved())
    assert len(places) > 100, places
    wrong = {place: what for place in places if (what := await _died(theatre, place))}
    assert not wrong, "\n".join(f"{place}: {what}" for place, what in wrong.items())
    await theatre.rows()  # The audit log of all of them is whole.
    changes = await store.runs.changes(limit=1000)
    assert len(changes) == len({change.run for change in changes}) == len(places) + 1


async def _died(theatre: Theatre, place: str) -> str:
    """Die there and let another go on; what was wrong then, if anything."""
    dead = False

    def happen(here: str) -> None:
        nonlocal dead
        dead = dead or here == place
        if dead:
            raise Died

    number = await theatre.approved()
    theatre.worker(happen)
    try:
        await theatre.carried(number)
    except Died:
        pass
    else:
        return "the worker never came by"
    theatre.worker(lambda here: None)
    theatre.clock.advance(SECONDS)
    if place.startswith("before"):
        await theatre.reap()
    run = await theatre.carried(number)
    called = [call.action for call in theatre.production.effects]
    deaths = sum(step.deaths for step in run.steps)
    facts = {
        f"{run.state}: {run.note}": run.state is not RunState.SUCCEEDED,
        f"effects: {called}": called != ["modify_listener", "modify_rule"],
        f"{deaths} deaths": deaths > 1,
        f"jobs are left: {theatre.jobs.waiting}": bool(theatre.jobs.waiting),
    }
    return "; ".join(what for what, wrong in facts.items() if wrong)
