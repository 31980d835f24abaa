"""A stage on which v1.4.3 can be deployed: pushed, in staging, backed up, somebody on call.

What a test wants otherwise it changes before it asks. Blue serves v1.4.2, green is idle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.adapters.memory.code import MemoryCode
from bot.domain.audit import Entry
from bot.domain.live import Snapshot
from bot.domain.request import Request
from bot.domain.run import Run
from bot.topology import Colour, GithubSource, load
from tests.stage import BEN, CHLOE, SHIPPED, Stage

BLUE, GREEN = Colour.BLUE, Colour.GREEN
OLD, NEW = "v1.4.2", "v1.4.3"
COMMAND = f"deploy backend {NEW} --schema reversible"


class Deploying(Stage):
    """See the module."""

    def __init__(self, **about: Any) -> None:
        super().__init__(**about)
        self.production.push("backend", NEW)
        staging = self.topology.services["backend-staging"]
        self.production.tasks[staging.key, BLUE] = self.production.running(staging, NEW)
        self.answer_with(NEW, service=staging.key)
        self.answer_with(OLD)
        self.answer_as(GREEN, NEW)
        self.answer_as(BLUE, OLD)
        made = self.clock.now() - timedelta(hours=2)
        snapshot = Snapshot(id="rds:today", kind="automated", created_at=made, status="available")
        self.production.snapshots["prod-db"].append(snapshot)

    def answer_as(self, colour: Colour, version: str) -> None:
        """One colour's own address answers in that version, and all of it works."""
        service = self.topology.services["backend"]
        self.answer_with(version, where=f"{service.key}@{colour}")

    async def tick_all(self, request: Request, who: str = BEN) -> None:
        """Somebody has answered for every box."""
        keys = [box.key for box in request.plan.boxes]
        await self.world.store.ticks.set(
            request.name,
            ticked=keys,
            known=keys,
            by=who,
            entry=Entry(actor=who, action="checklist", subject=request.name),
            now=self.clock.now(),
        )

    async def agreed(self, text: str = COMMAND) -> Request:
        """Asked for, ticked and approved; nothing of it has been carried out."""
        request = await self.ask(text)
        await self.tick_all(request)
        for who in (BEN, CHLOE)[: request.needed]:
            await self.approve(request.id, who)
        return request

    async def deployed(self, text: str = COMMAND, *, seconds: float = 7200) -> Run:
        """The run after all that happens in that time."""
        request = await self.agreed(text)
        await self.until_quiet(seconds=seconds)
        return await self.run(request.id)

    def serves(self, colour: Colour = GREEN, minutes: int = 60, **about: Any) -> None:
        """What a colour's customers see in each of the coming minutes."""
        self.traffic(minutes, colour=colour, **about)

    def called(self) -> list[str]:
        """The calls that changed production, in order."""
        return [call.action for call in self.production.effects]

    def now_at(self) -> list[Mapping[Colour, int]]:
        """Each route's weights now."""
        return self.production.weights("backend")


class ByWorkflow(Deploying):
    """Its backend has a workflow; `code` is GitHub."""

    def __init__(self) -> None:
        shipped = load(SHIPPED)
        backend = shipped.services["backend"]
        assert backend.deploy is not None
        source = GithubSource(repository="ai-film-studio/backend", workflow="deploy.yml")
        deploy = backend.deploy.model_copy(update={"github": source})
        services = {**shipped.services, "backend": backend.model_copy(update={"deploy": deploy})}
        super().__init__(topology=shipped.model_copy(update={"services": services}))
        self.code = MemoryCode(clock=self.clock)
        self.world = replace(self.world, code=self.code)
        self.dispatch = type(self.dispatch)(self.world, self.operations)
        self.launcher = type(self.launcher)(self.world, self.operations)
        self.runner = type(self.runner)(self.world, self.steps)
        self.jobs.attach(self.launcher.launch, self.runner.carry)

    def released(self) -> None:
        """The workflow has moved all traffic onto the release."""
        service = self.topology.services["backend"]
        self.production.tasks["backend", GREEN] = self.production.running(service, NEW)
        self.production.set_weights("backend", {BLUE: 0, GREEN: 100})
