"""A stage whose workers can die: what one leaves behind, another takes up.

Before it: a stage of twins, or of the real store. After it: the stories of test_every_call*.py. A
death is an exception nobody catches (tests.chaos.night.Died), after which that worker's calls all
fail. What it had in hand is given back when the story says so, as the queue's reaper does, or is
lost for good, for the reconciler to miss.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.domain.run import Run
from bot.engine.launch import Launcher
from bot.engine.lease import SECONDS
from bot.engine.reconciler import requeue
from bot.engine.runs import Runner
from tests.chaos.night import Died, Doom
from tests.chaos.tap import Happen, Tap, tapped
from tests.stage import Stage

RESOURCE = "service/backend"
FOR_EVER = 200
"""Instants at which something is due, after which a run will not end any more."""

Meanwhile = Callable[[Run], Awaitable[None]]
"""What people and the rest of the world do while a run goes on; asked at each of its instants."""


def nobody(here: str) -> None:
    """Nothing happens to the worker."""


class Mortal(Stage):
    """See the module."""

    def __init__(self, **about: Any) -> None:
        super().__init__(**about)
        self._give_back: Callable[[], Awaitable[None]] | None = None

    def worker(self, happen: Happen = nobody) -> None:
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

    async def carried(self, number: int, meanwhile: Meanwhile | None = None) -> Run:
        """Let the time pass and jobs be carried until the run has ended, or stands still."""
        for _ in range(FOR_EVER):
            await self.jobs.drain()
            run = await self.world.store.runs.get(number)
            if run is not None and meanwhile is not None:
                await meanwhile(run)
            if run is not None and run.state != "running":
                return run
            await requeue(self.world)
            due = self.jobs.next_at
            assert due is not None, f"{run}: nobody carries it"
            self.clock.advance(max(0.0, (due - self.clock.now()).total_seconds()))
        pytest.fail(f"R{number} does not end: {await self.request(number)} {self.jobs.waiting}")

    async def carried_past(
        self, place: str, number: int, meanwhile: Meanwhile | None = None
    ) -> Run | None:
        """The same with a worker that dies there, and another one; None when it never came by.

        Its job is given back for a death *before* a call, and lost for any other.
        """
        self.worker(Doom(place=place))
        try:
            await self.carried(number, meanwhile)
        except Died:
            pass
        else:
            return None
        self.worker()
        self.clock.advance(SECONDS)
        if place.startswith("before") and self._give_back is not None:
            await self._give_back()
        return await self.carried(number, meanwhile)
