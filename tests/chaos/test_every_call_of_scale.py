"""A worker that dies before or after any call of a scale: the next finishes, and acts once.

As test_every_call does it for a rollback, in one process, but all in memory: what is new here is
the steps, not the store. Each story is one target: a service with bounds that returns, a worker
group with a busy worker, a database's class, a replica made and removed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.domain.capacity import Autoscaling
from bot.domain.live import QueueState, Targets
from bot.domain.run import Run
from bot.engine.launch import Launcher
from bot.engine.lease import SECONDS
from bot.engine.reconciler import requeue
from bot.engine.runs import Runner
from bot.topology import Colour, Topology, load
from tests.chaos.tap import Tap, tapped
from tests.stage import BEN, CHLOE, SHIPPED, Stage

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(60)]

HALF = ("backend", Colour.BLUE)
Place = Callable[[str], None]


class Died(BaseException):
    """The end of a worker. Not an Exception: nothing that tidies up after errors may see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is typed, the calls it comes to, and whether the world is right in the end."""

    text: str
    calls: Sequence[str]
    right: Callable[[Stage], bool]
    left: int = 0
    """How many requests for later it leaves."""


STORIES = (
    Story(
        text="scale backend 12 --min 8 --max 12 for 2h",
        calls=("register_scalable_target", "update_service", "register_scalable_target"),
        right=lambda stage: stage.production.tasks[HALF].desired == 12,
        left=1,
    ),
    Story(
        text="scale gpu 1 --max 5",
        calls=(
            "set_instance_protection",
            "set_desired_capacity",
            "update_auto_scaling_group",
            "set_instance_protection",
        ),
        right=lambda stage: (
            [(member.id, member.protected) for member in stage.production.members["gpu"]]
            == [("i-0001", False)]
        ),
    ),
    Story(
        text="scale db db.r6g.2xlarge",
        calls=("modify_db_instance",),
        right=lambda stage: "DBInstanceClass" in stage.production.instances["prod-db"].pending,
        left=1,
    ),
    Story(
        text="scale db replica add",
        calls=("create_db_instance_read_replica",),
        right=lambda stage: "prod-db-read-replica-1" in stage.production.instances,
    ),
    Story(
        text="scale db replica remove",
        calls=("delete_db_instance",),
        right=lambda stage: len(stage.production.instances) == 1,
    ),
)


class Theatre(Stage):
    """A fresh world a death, whose jobs are carried by a worker that can die."""

    def __init__(self, topology: Topology, story: Story) -> None:
        super().__init__(topology=topology)
        production = self.production
        production.scaled[HALF] = Autoscaling(minimum=2, maximum=10)
        production.targets[HALF] = Targets(healthy=12, unhealthy=0)
        production.queues["prod-jobs"] = QueueState(waiting=0, in_flight=0, dead=0)
        production.busy = {"i-0001"}
        if "remove" in story.text:
            copy = production.instance("prod-db-read-replica-1", zone="us-east-1b")
            production.add(replace(copy, source="prod-db", tags={"filmops": "replica"}))
        self._give_back: Callable[[], Awaitable[None]] | None = None

    def worker(self, happen: Place) -> None:
        """From here on, jobs are carried by this one."""
        world = tapped(self.world, Tap(happen))
        launcher, runner = Launcher(world, self.operations), Runner(world, self.steps)

        async def launch(number: int) -> None:
            self._give_back = lambda: self.jobs.launch(number, "any")
            await launcher.launch(number)

        async def carry(number: int, position: int, attempt: int) -> None:
            job: Any = (number, position, attempt, "any")
            self._give_back = lambda: self.jobs.step(*job)
            await runner.carry(number, position, attempt)

        self.jobs.attach(launch, carry)

    async def agreed(self, story: Story) -> None:
        """Asked for and approved."""
        request = await self.ask(story.text)
        for who in (BEN, CHLOE)[: request.needed]:
            await self.approve(request.id, who)

    async def carried(self) -> Run:
        """Let time pass and jobs be carried until the run has ended."""
        for _ in range(50):
            await self.jobs.drain()
            run = await self.world.store.runs.get(1)
            if run is not None and not run.state.open:
                return run
            await requeue(self.world)
            due = self.jobs.next_at
            assert due is not None, f"{run}: nobody carries it"
            self.clock.advance(max(0.0, (due - self.clock.now()).total_seconds()))
        pytest.fail(f"it does not end: {await self.run()}")

    async def reap(self) -> None:
        """The dead worker's job is in the queue again."""
        assert self._give_back is not None
        await self._give_back()


@pytest.mark.parametrize("story", STORIES, ids=lambda each: each.text)
async def test_wherever_a_worker_dies_the_next_finishes_and_each_change_is_made_once(
    story: Story,
) -> None:
    topology, places = load(SHIPPED), list[str]()
    first = Theatre(topology, story)
    await first.agreed(story)
    first.worker(places.append)
    run = await first.carried()
    assert not await _wrong(first, story, run), run.note
    assert len(places) > 30, places
    wrong = {place: what for place in places if (what := await _died(topology, story, place))}
    assert not wrong, "\n".join(f"{place}: {what}" for place, what in wrong.items())


async def _died(topology: Topology, story: Story, place: str) -> str:
    """Die there and let another go on; what was wrong then, if anything."""
    theatre, dead = Theatre(topology, story), False

    def happen(here: str) -> None:
        nonlocal dead
        dead = dead or here == place
        if dead:
            raise Died

    await theatre.agreed(story)
    theatre.worker(happen)
    try:
        await theatre.carried()
    except Died:
        pass
    else:
        return "the worker never came by"
    theatre.worker(lambda here: None)
    theatre.clock.advance(SECONDS)
    if place.startswith("before"):
        await theatre.reap()
    return await _wrong(theatre, story, await theatre.carried())


async def _wrong(stage: Stage, story: Story, run: Run) -> str:
    called = [call.action for call in stage.production.effects]
    requests = len(await stage.world.store.requests.recent())
    facts = {
        f"{run.state}: {run.note}": run.state != "succeeded",
        f"effects: {called}": called != list(story.calls),
        f"the world: {stage.production.members}": not story.right(stage),
        f"{requests} requests": requests != 1 + story.left,
        f"{sum(step.deaths for step in run.steps)} deaths": sum(s.deaths for s in run.steps) > 1,
    }
    return "; ".join(what for what, wrong in facts.items() if wrong)
