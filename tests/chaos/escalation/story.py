"""One story: incidents reported by the engine, real schedulers, and PagerDuty's own ledger.

What is judged is the ledger: whom PagerDuty rang, when, and how often. How late a level was is
written into the log (`--log-cli-level=INFO`) and never asserted: a test's machine may be slow.
"""

from __future__ import annotations

import itertools
import logging
import signal
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.adapters.clock import build_clock
from bot.adapters.postgres.pool import Pool, open_pool
from bot.adapters.postgres.store import build_store
from bot.domain.incident import Incident, IncidentState, Page, PageState, Source
from bot.engine.opening import Report, report
from bot.engine.world import World as Engine
from bot.topology import Severity, load
from sandbox.world import World
from tests.chaos.escalation.ladder import ALL_LEVELS, BY_THE_SECOND
from tests.chaos.escalation.phones import Phones
from tests.chaos.nursery import Nursery, Worker
from tests.chaos.scene import controls
from tests.chaos.stage import eventually
from tests.stage import Stage as Twins

log = logging.getLogger("chaos.escalation")

_numbers = itertools.count(1)


class Story:
    """See the module."""

    def __init__(
        self, world: World, nursery: Nursery, url: str, engine: Engine, phones: Phones
    ) -> None:
        self.world = world
        self.phones = phones
        self.url = url
        self._nursery = nursery
        self._engine = engine
        self._workers: list[Worker] = []

    @classmethod
    @asynccontextmanager
    async def opened(cls, world: World, nursery: Nursery, url: str) -> AsyncIterator[Story]:
        """With a pool of its own; its processes do not outlive it, and none rang anybody twice."""
        pool = await open_pool(url, min_size=1, max_size=2)
        with controls(world, "pagerduty") as http:
            story = cls(world, nursery, url, await _engine(world, pool), Phones(http))
            try:
                yield story
                await story.phones.none_rang_twice()
            finally:
                await story._end_workers()
                await pool.close()

    async def process(self, *command: str, **order: Any) -> Worker:
        """`python -m bot COMMAND` on this database, unless the order says more, and at work."""
        environment = {
            **self.world.environment,
            "DATABASE_URL": self.url,
            "FILMOPS_LOG": "text",
            **order.pop("environment", {}),
        }
        worker = await self._nursery.start(
            self.url, command=command, environment=environment, **order
        )
        self._workers.append(worker)
        await worker.up()
        return worker

    async def scheduler(self, **order: Any) -> Worker:
        """A scheduler, at work."""
        return await self.process("scheduler", **order)

    async def incident(self, severity: Severity = BY_THE_SECOND) -> Incident:
        """Something is wrong, by an alarm of its own; its ladder is climbed from now on."""
        number = next(_numbers)
        told = Report(
            title=f"Something is wrong ({number})",
            severity=severity,
            source=Source.FILMOPS,
            fingerprint=f"chaos:{number}",
            by="chaos",
        )
        return (await report(self._engine, told)).incident

    async def answer(self, incident: Incident, button: str, level: int = 1) -> None:
        """On a phone the level's person presses ack, resolve or unack."""
        await self.phones.press(button, (await self.page(incident, level)).key)

    # --- what comes of it ----------------------------------------------------------------

    async def rung(
        self, *incidents: Incident, levels: Collection[int] = ALL_LEVELS, name: str = ""
    ) -> None:
        """Wait until just these levels have been rung, each once; log how late each was.

        Where the machine was so slow that two were due at once, the lower one need not ring.
        """
        for incident in incidents:
            try:
                await eventually(
                    lambda each=incident: self._have_rung(each, levels),  # type: ignore[misc]
                    "",
                )
            except TimeoutError:
                raise AssertionError(f"{name} {await self._facts(incident)}") from None
        await self.phones.none_rang_twice()
        for incident in incidents:
            rings = await self.rings(incident)
            assert set(rings) <= set(levels), rings
            due = {page.level: page.due_at for page in await self.pages(incident)}
            late = {level: (at - due[level]).total_seconds() for level, at in rings.items()}
            said = ", ".join(f"L{level} +{late[level]:.2f} s" for level in sorted(late))
            log.info("%s %s", name, said)

    async def _have_rung(self, incident: Incident, levels: Collection[int]) -> bool:
        rings, pages = set(await self.rings(incident)), await self.pages(incident)
        passed = {page.level for page in pages if page.state is PageState.SUPERSEDED}
        return max(levels) in rings and set(levels) <= rings | passed

    async def _facts(self, incident: Incident) -> str:
        """For whoever reads a failed test."""
        logs = [f"{worker.log}:\n{worker.said()[-2000:]}" for worker in self._workers]
        facts = [
            *await self.pages(incident),
            await self.told(incident),
            *await self.phones.ledger(),
        ]
        return "\n".join([*map(str, facts), *logs])

    async def rings(self, incident: Incident) -> dict[int, datetime]:
        """When somebody's phone rang for it, by level."""
        return await self.phones.rings(await self.keys(incident))

    async def keys(self, incident: Incident) -> set[str]:
        """Those of its present climb's pages."""
        return {page.key for page in await self.pages(incident)}

    async def pages(self, incident: Incident) -> list[Page]:
        """Those of its present climb, lowest level first."""
        climbs = await self._engine.store.incidents.escalations(incident.id)
        return sorted(climbs[-1].pages, key=lambda page: page.level)

    async def page(self, incident: Incident, level: int) -> Page:
        """One of them."""
        return (await self.pages(incident))[level - 1]

    async def page_is(self, incident: Incident, level: int, state: PageState) -> Page:
        """Wait until it is in that state."""

        async def there() -> Page | None:
            page = await self.page(incident, level)
            return page if page.state is state else None

        return await eventually(there, f"level {level} is not {state}")

    async def is_now(self, incident: Incident, state: IncidentState) -> Incident:
        """Wait until the incident is in that state."""

        async def there() -> Incident | None:
            found = await self._engine.store.incidents.get(incident.id)
            return found if found is not None and found.state is state else None

        return await eventually(there, f"{incident.name} is not {state}")

    async def told(self, incident: Incident) -> str:
        """Its timeline's lines."""
        lines = await self._engine.store.incidents.timeline(incident.id)
        return "\n".join(line.text for line in lines)

    async def end_others(self, kept: Worker) -> None:
        """Stop all its processes but one, as a platform does."""
        for worker in self._workers:
            if worker is not kept and worker.ended is None:
                assert await worker.stop() == 0, worker.said()

    async def _end_workers(self) -> None:
        for worker in self._workers:
            worker.send(signal.SIGKILL)
            await worker.end()


async def _engine(world: World, pool: Pool) -> Engine:
    """For reporting: a real store and clock; the rest is not asked, and is the twins'."""
    twins = Twins(topology=load(world.topology)).world
    return replace(twins, clock=await build_clock(pool), store=build_store(pool))
