"""A studio whose workers die at every step of a run, and whose next one goes on.

Before: a studio. After: test_capacity_deaths. A death is an exception nobody catches
(tests.chaos.night.Died), at a place of tests.chaos.tap: once a step when it has been claimed, and
once when all of it is done and nothing of that is written down. What the dead one held lapses at
once instead of after the lease's seconds; then the reconciler finds its run without a job, as
ever.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable

from bot.domain.run import StepState
from bot.engine.launch import Launcher
from bot.engine.reconciler import requeue
from bot.engine.runs import Runner
from handlers import OPERATIONS
from tests.chaos.night import Died
from tests.chaos.tap import Tap, tapped
from tests.scenario.studio import Studio, until

_PLACES = re.compile(r"after runs\.claim\((\d+)\)|before runs\.(?:wait|finish)\((\d+)\)")


class Mortality:
    """From here on the studio's workers die. `deaths` are the places where they did, in order."""

    def __init__(self, studio: Studio) -> None:
        self.deaths: list[str] = []
        self._world = studio.app.world
        self._missing: set[asyncio.Task[None]] = set()
        doomed = tapped(self._world, Tap(self._happen))
        operations = {operation.name: operation for operation in OPERATIONS}
        steps = {name: code for one in OPERATIONS for name, code in one.steps.items()}
        launcher, runner = Launcher(doomed, operations), Runner(doomed, steps)

        async def launch(number: int) -> None:
            await self._until_death(number, launcher.launch(number))

        async def carry(number: int, position: int, attempt: int) -> None:
            await self._until_death(number, runner.carry(number, position, attempt))

        studio.app.jobs.attach(launch, carry)

    def _happen(self, here: str) -> None:
        """The first of each kind of place, of each step, is somebody's death."""
        place = here.partition("#")[0]
        found = _PLACES.match(place)
        if place == "after runs.start":
            named = "started"
        elif found is not None:
            claimed, done = found.groups()
            named = f"{claimed} claimed" if claimed is not None else f"{done} done"
        else:
            return
        if named not in self.deaths:
            self.deaths.append(named)
            raise Died

    async def _until_death(self, number: int, work: Awaitable[None]) -> None:
        try:
            await work
        except Died:
            missed = asyncio.create_task(self._missed(number))
            self._missing.add(missed)
            missed.add_done_callback(self._missing.discard)

    async def _missed(self, number: int) -> None:
        """Its lease is over and its job is gone: another takes it up."""
        runs = self._world.store.runs
        run = await runs.get(number)
        step = run.next_step if run is not None else None
        if step is not None and step.state is StepState.RUNNING:
            now = self._world.clock.now()
            await runs.renew(number, step.position, attempt=step.attempt, lease_until=now)

        async def gone() -> bool:
            return number not in await self._world.jobs.carried()

        await until(gone, f"the dead worker's job of R{number} is gone")
        await requeue(self._world)
