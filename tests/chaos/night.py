"""A night on call: the real engine's schedulers, a PagerDuty that keeps a ledger, a moved clock.

Before it: the twins of tests.stage, or the real store. After it: stories in which schedulers die,
people answer at the same moment, and PagerDuty has moods. Nothing sleeps: time goes from what is
due to what is due next.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from bot.adapters.memory.pager import MemoryPager
from bot.domain.incident import Source
from bot.domain.pager import PagerStatus
from bot.engine.escalator import Escalator
from bot.engine.opening import Report, report
from bot.errors import ConfigurationError, FilmOpsError, Temporary
from bot.ports import Clock, Store
from bot.topology import Ladder, Severity, Storm, Topology, load
from tests.chaos.tap import Happen, Tap, tapped
from tests.stage import SHIPPED, Stage

NO_SOONER = 0.25
"""Seconds the clock is moved when what is due cannot be taken, as the scheduler process waits."""

ENOUGH = 12
"""Wakes with something due at once after which time moves on."""

FOR_EVER = 200
"""Wakes in a row with something due at once: nobody can do it."""

_names = itertools.count(1)


class Died(BaseException):
    """The end of a scheduler. Not an Exception: nothing that tidies up after errors may see it."""


def unless_died(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The loop need not report tasks that died."""
    if not isinstance(context.get("exception"), Died):
        loop.default_exception_handler(context)


class Doom:
    """Kills at a place: by name, or the so-and-so-manieth. Afterwards every call dies."""

    def __init__(self, *, place: str = "", number: int = 0) -> None:
        self.dead = False
        self._place = place
        self._left = number

    def __call__(self, here: str) -> None:
        self._left -= 1
        self.dead = self.dead or here == self._place or self._left == 0
        if self.dead:
            raise Died


class Mood(Enum):
    """How PagerDuty is."""

    WELL = "well"
    AWAY = "away"
    BUSY = "busy"
    WRONG = "wrong"
    """No routing key is right any more."""

    LOST = "lost"
    """It takes the page, and the answer is lost."""


WRONG_KEY = ConfigurationError(["the routing key is wrong"])
EMAILS = {name: f"{name.lower()}@aifilmstudio.com" for name in ("Ana", "Ben", "Chloe", "Dana")}
MOODS: Mapping[Mood, FilmOpsError] = {
    Mood.AWAY: Temporary("PagerDuty is away"),
    Mood.BUSY: Temporary("too many calls", retry_after=7),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """A phone rang."""

    key: str
    level: int
    at: datetime


class Exchange(MemoryPager):
    """The twin with moods; `rings` is what phones heard, `called` every page call that came."""

    def __init__(self, clock: Clock, services: Iterable[str]) -> None:
        on_call = ["Ana", "Chloe", "Dana"]
        super().__init__(clock, services=list(services), on_call=on_call, emails=EMAILS)
        self.mood = Mood.WELL
        self.rings: list[Ring] = []
        self.called: list[tuple[str, datetime]] = []
        self._time = clock

    def turn(self, mood: Mood) -> None:
        """From here on it is like that."""
        self.mood, self.failing = mood, MOODS.get(mood)
        self.stuck = dict.fromkeys(range(1, 4), WRONG_KEY) if mood is Mood.WRONG else {}

    async def page(self, *, key: str, level: int, summary: str, detail: Mapping[str, str]) -> None:
        """As the twin, written into the ledger. With the mood LOST raises Temporary afterwards."""
        self.called.append((key, self._time.now()))
        await super().page(key=key, level=level, summary=summary, detail=detail)
        if self.pages[-1].rang is not None:
            self.rings.append(Ring(key=key, level=level, at=self._time.now()))
        if self.mood is Mood.LOST:
            raise Temporary("the answer was lost")

    async def stands(self, key: str) -> PagerStatus | None:
        """How the page stands, whatever the mood."""
        failing, self.failing = self.failing, None
        found = await self.find(key)
        self.failing = failing
        return found.status if found else None

    def twice(self) -> list[str]:
        """Pages that rang more than once: there must be none."""
        return [key for key, rang in Counter(ring.key for ring in self.rings).items() if rang > 1]


class Night(Stage):
    """The stage, its PagerDuty an `Exchange`, its store the real one if it is given."""

    def __init__(
        self,
        *,
        ladders: Mapping[Severity, Ladder] | None = None,
        storm: Storm | None = None,
        store: Store | None = None,
    ) -> None:
        super().__init__(topology=with_ladders(load(SHIPPED), ladders or {}, storm))
        levels = self.topology.escalation.levels
        self.exchange = Exchange(self.clock, [level.pagerduty_service for level in levels])
        self.world = replace(self.world, pager=self.exchange, store=store or self.world.store)

    def scheduler(self, happen: Happen = lambda here: None) -> Escalator:
        """One more, with a name of its own; `happen` is called at each port call it makes."""
        return Escalator(tapped(self.world, Tap(happen)), owner=f"scheduler-{next(_names)}")

    async def alert(
        self, fingerprint: str, severity: Severity = Severity.P1, service: str = "backend"
    ) -> int:
        """Something is wrong; the incident's number."""
        told = Report(
            title=f"{fingerprint} is high",
            severity=severity,
            source=Source.CLOUDWATCH,
            fingerprint=fingerprint,
            by="CloudWatch",
            service=service,
        )
        return (await report(self.world, told)).incident.id

    async def wake(self, scheduler: Escalator) -> None:
        """One wake, and the end of all that it began. Raises Died when it dies of it."""
        try:
            await scheduler.wake()
        finally:
            await scheduler.drain(60)

    async def next_at(self) -> datetime | None:
        """When something is due next."""
        return (await self.world.store.pages.instants()).next

    async def until(self, end: datetime, *schedulers: Escalator) -> None:
        """Let the time pass until then, these awake, taking turns."""
        turns = itertools.cycle(schedulers)
        wakes = 0
        while (due := await self.next_at()) is not None and due <= end:
            wakes = 0 if due > self.clock.now() else wakes + 1
            assert wakes < FOR_EVER, f"{due} stays due, it is {self.clock.now()}"
            ahead = (due - self.clock.now()).total_seconds()
            self.clock.advance(NO_SOONER if wakes > ENOUGH else max(0.0, ahead))
            await self.wake(next(turns))
        self.clock.advance(max(0.0, (end - self.clock.now()).total_seconds()))


def with_ladders(
    topology: Topology, ladders: Mapping[Severity, Ladder], storm: Storm | None
) -> Topology:
    """The topology with other ladders."""
    changes: dict[str, Any] = {"severities": {**topology.escalation.severities, **ladders}}
    if storm is not None:
        changes["storm"] = storm
    escalation = topology.escalation.model_copy(update=changes)
    return topology.model_copy(update={"escalation": escalation})
