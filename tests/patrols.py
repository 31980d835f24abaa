"""Nights of production for the patrol's tests: a letter is a minute of a colour's traffic.

Time is moved a minute a letter, and each time the patrol goes round, as a scheduler has it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.domain.incident import Incident
from bot.domain.live import Minute
from bot.domain.request import Request
from bot.domain.window import latest
from bot.engine.patrol import patrol
from bot.topology import Colour, Topology
from tests.stage import Stage

HEALTHY = {"healthy": 3.0, "unhealthy": 0.0}
IDLE = {"requests": 0, "errors": 0, "p95_seconds": None}
LETTERS: dict[str, dict[str, Any] | None] = {
    "o": HEALTHY,
    "e": {**HEALTHY, "errors": 40},
    "s": {**HEALTHY, "p95_seconds": 0.9},
    "b": {**HEALTHY, "errors": 40, "p95_seconds": 0.9},
    "d": {**HEALTHY, "database_failures": 12},
    "u": {**IDLE, "healthy": 1.0, "unhealthy": 2.0},
    "h": {**IDLE, **HEALTHY},
    "x": {"complete": False},
    "-": None,
}
"""ok, errors, slow, both, database; unhealthy or healthy without traffic; told in part, or not."""


def topology_with(base: Topology, **watching: Any) -> Topology:
    """The shipped topology with another [watch]."""
    return base.model_copy(update={"watch": base.watch.model_copy(update=watching)})


class Night(Stage):
    """Blue serves at first; green stands by, healthy."""

    async def passes(self, blue: str, green: str = "", service: str = "backend") -> None:
        """So many minutes close, one after the other, and the patrol goes round after each."""
        for at, letter in enumerate(blue):
            self.closes(letter, Colour.BLUE, service)
            self.closes(green[at] if at < len(green) else "h", Colour.GREEN, service)
            await self.round()
            self.clock.advance(60)

    async def round(self) -> None:
        """The patrol goes round once."""
        await patrol(self.world, self.dispatch)

    def closes(self, letter: str, colour: Colour, service: str) -> None:
        """The newest minute that may be judged now was like that."""
        about = LETTERS[letter]
        if about is not None:
            (start,) = latest(self.clock.now(), self.topology.metrics, 1)
            values = {"requests": 400, "errors": 0, "p95_seconds": 0.2, **about}
            self.production.minutes[service, colour].append(Minute(start=start, **values))

    async def incidents(self) -> tuple[Incident, ...]:
        """All incidents there have ever been, oldest first."""
        return tuple(reversed(await self.world.store.incidents.recent()))

    async def unresolved(self) -> list[str]:
        """Severity and fingerprint of what is not resolved."""
        found = await self.world.store.incidents.unresolved()
        return [f"{one.severity} {one.fingerprint}" for one in found]

    async def requests(self) -> tuple[Request, ...]:
        """All requests, oldest first."""
        return tuple(reversed(await self.world.store.requests.recent()))

    async def told(self, incident: int = 1) -> str:
        """An incident's timeline, a line each."""
        lines = await self.world.store.incidents.timeline(incident)
        return "\n".join(line.text for line in lines)

    def looks(self) -> int:
        """How often CloudWatch was asked."""
        return sum(1 for call in self.production.calls if call.action == "minutes_of")

    def sleeps(self, minutes: float) -> None:
        """No scheduler runs for so long."""
        self.clock.advance(timedelta(minutes=minutes).total_seconds())
