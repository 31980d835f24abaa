"""The escalation over the twins: alerts come, schedulers wake, people answer, time is moved."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.adapters.memory.pager import MemoryPage
from bot.domain.incident import Incident, Page, Source
from bot.engine import opening
from bot.engine.escalator import Escalator
from bot.engine.opening import Report
from bot.topology import Severity, Topology
from tests.stage import ANA, Stage

DRAIN_SECONDS = 10.0


class Ladder(Stage):
    """See the module. One scheduler, whose name is `one`, unless `another` is asked for."""

    def __init__(self, *, topology: Topology | None = None) -> None:
        super().__init__(topology=topology)
        self.escalator = self.another("one")

    def another(self, owner: str) -> Escalator:
        """A scheduler."""
        return Escalator(self.world, owner=owner)

    async def alert(self, title: str = "logins fail", **about: Any) -> Incident:
        """Something is wrong: P1 of no service, told by Ana, unless `about` says otherwise."""
        told = {
            "severity": Severity.P1,
            "source": Source.CLOUDWATCH,
            "fingerprint": title,
            "by": ANA,
            **about,
        }
        return (await opening.report(self.world, Report(title=title, **told))).incident

    async def wake(self, escalator: Escalator | None = None) -> datetime | None:
        """What a scheduler does at one instant, to its end; when it would wake next."""
        one = escalator or self.escalator
        due = await one.wake()
        while due is not None and due <= self.clock.now():
            await one.drain(DRAIN_SECONDS)
            due = await one.wake()
        await one.drain(DRAIN_SECONDS)
        return (await self.world.store.pages.instants()).next

    async def pass_time(self, **length: float) -> None:
        """Time passes, and the scheduler wakes at every instant at which something is due."""
        end = self.clock.now() + timedelta(**length)
        while True:
            due = await self.wake()
            if due is None or due > end:
                break
            self.clock.advance(max(0.0, (due - self.clock.now()).total_seconds()))
        self.clock.advance((end - self.clock.now()).total_seconds())
        await self.wake()

    async def incident(self, number: int = 1) -> Incident:
        """As it stands."""
        found = await self.world.store.incidents.get(number)
        assert found is not None
        return found

    async def pages(self, number: int = 1) -> list[Page]:
        """Of all its climbs, in order."""
        climbs = await self.world.store.incidents.escalations(number)
        return [page for climb in climbs for page in climb.pages]

    async def told(self, number: int = 1) -> str:
        """Its timeline, a line each."""
        lines = await self.world.store.incidents.timeline(number)
        return "\n".join(line.text for line in lines)

    def rung(self) -> list[MemoryPage]:
        """The pages that rang somebody."""
        return [page for page in self.pager.pages if page.rang is not None]

    def levels(self) -> list[int]:
        """The levels that were rung, in order."""
        return [page.level for page in self.rung()]
