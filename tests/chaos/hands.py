"""What the rules of any night do: the hands of people, of PagerDuty, of death, of the morning.

Before it: `nights`, where hypothesis chooses. After it: the engine of `night`, and `laws`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from bot.domain.incident import Incident, IncidentState
from bot.domain.pager import PagerStatus
from bot.engine import incidents
from bot.engine.answers import acknowledged_there, resolved_there, ringing_again
from bot.engine.escalator import Escalator
from bot.errors import FilmOpsError, Refused
from bot.topology import Severity
from tests.chaos import laws
from tests.chaos.night import Died, Doom, Mood, Night
from tests.stage import ANA, BEN

DEEDS = ("acknowledge", "resolve", "snooze", "rate", "phone")
Deed = Callable[[Incident], Awaitable[object]]


class Hands:
    """On one night with two schedulers. Each may die and is followed by another."""

    def __init__(self, night: Night) -> None:
        self.night = night
        self.claims = laws.Claims(night)
        self.awake: list[Escalator] = [night.scheduler(self.claims.seen) for _ in range(2)]
        self._taken_back: set[str] = set()

    async def to_one(self, which: int, deed: Deed) -> None:
        """Do it to one of the incidents there are."""
        every = list(self.night.tables.incidents.values())
        if every:
            await self.tried(lambda: deed(every[-1 - which % len(every)]))
            self.claims.note()

    async def tried(self, what: Callable[[], Awaitable[object]]) -> None:
        """Do it; refused, or failed for PagerDuty's mood, it is not done."""
        try:
            await what()
        except FilmOpsError as fault:
            if self.night.exchange.mood is Mood.WELL and not isinstance(fault, Refused):
                raise

    def deed(self, name: str, severity: Severity) -> Deed:
        """What somebody does to an incident."""
        world, clock = self.night.world, self.night.clock
        later = clock.now() + timedelta(minutes=2)
        deeds: dict[str, Deed] = {
            "acknowledge": lambda one: incidents.acknowledge(world, one.id, ANA, via="Slack"),
            "resolve": lambda one: incidents.resolve(world, one.id, BEN, via="Slack"),
            "snooze": lambda one: incidents.snooze(world, one.id, ANA, until=later, reason="known"),
            "rate": lambda one: incidents.rate(world, one.id, ANA, severity),
            "phone": lambda one: acknowledged_there(world, one.id, ANA),
        }
        return deeds[name]

    async def answered(self, which: int, *, webhook: bool, deed: str) -> None:
        """Somebody answers a page that rang, on the phone."""
        exchange, rings = self.night.exchange, self.night.exchange.rings
        if not rings:
            return
        key = rings[which % len(rings)].key
        if (await exchange.stands(key)) is PagerStatus.RESOLVED:
            return
        if deed == "ack":
            exchange.picked_up(key, "Ana")
        else:
            exchange.closed(key)
        self._taken_back.discard(key)
        if webhook:
            number = self.night.tables.pages[key].page.incident
            bring = acknowledged_there if deed == "ack" else resolved_there
            await bring(self.night.world, number, ANA)
            self.claims.note()

    async def taken_back(self, which: int) -> None:
        """An acknowledged page rings again at PagerDuty, which says so."""
        exchange, rings = self.night.exchange, self.night.exchange.rings
        if not rings:
            return
        key = rings[which % len(rings)].key
        if (await exchange.stands(key)) is not PagerStatus.ACKNOWLEDGED:
            return
        exchange.put_down(key)
        self._taken_back.add(key)
        page = self.night.tables.pages[key].page
        incident = self.night.tables.incidents[page.incident]
        await ringing_again(self.night.world, incident, page, "It rings again.")

    async def dies(self, number: int, which: int) -> None:
        """A scheduler dies at the so-and-so-manieth call of its wake; another takes its place."""
        doom = Doom(number=number)

        def happen(here: str) -> None:
            doom(here)
            self.claims.seen(here)

        with suppress(Died):
            await self.night.wake(self.night.scheduler(happen))
        self.awake[which] = self.night.scheduler(self.claims.seen)

    async def in_between(self, number: int, which: int, deed: Deed) -> None:
        """Somebody does it while a scheduler is at the so-and-so-manieth call of its wake."""
        left = number

        async def happen(here: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                await self.to_one(which, deed)
            self.claims.seen(here)

        await self.night.wake(self.night.scheduler(happen))

    async def well(self) -> None:
        """PagerDuty is well and both are awake, for long enough."""
        self.night.exchange.turn(Mood.WELL)
        await self.night.until(self.night.clock.now() + laws.LONG_ENOUGH, *self.awake)
        await laws.caught_up(self.night, self._taken_back)

    async def morning(self) -> None:
        """All is resolved: every phone is quiet, nothing is left to do, the audit log is whole."""
        await self.well()
        for number in list(self.night.tables.incidents):
            if self.night.tables.incidents[number].state is not IncidentState.RESOLVED:
                await incidents.resolve(self.night.world, number, ANA, via="Slack")
        await self.well()
        assert await self.night.next_at() is None
        for ring in self.night.exchange.rings:
            assert await self.night.exchange.stands(ring.key) is PagerStatus.RESOLVED, ring
        await self.night.rows()
