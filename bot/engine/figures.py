"""What `/metrics` shows of the escalation: read from the store whenever somebody asks.

Before it: nothing keeps counters, so several processes and restarts show the same. After it:
`bot.entrypoints.metrics`, which writes it as Prometheus reads it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.incident import IncidentState
from bot.engine.pulse import AUDITOR, ESCALATION
from bot.engine.world import World
from bot.topology import Severity

BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds of lateness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """`late` has one number a bucket: pages at most so late; `pages` are all, `late_seconds` their
    sum. `silent_seconds` are since the last finished cycle of a name, infinite without one.
    """

    late: tuple[int, ...]
    pages: int
    late_seconds: float
    overdue: int
    unresolved: Mapping[tuple[Severity, IncidentState], int]
    silent_seconds: Mapping[str, float]


async def figures(world: World) -> Figures:
    """As of now. Raises Temporary as the store does."""
    late, pages, seconds = await world.store.pages.lateness(BUCKETS)
    return Figures(
        late=late,
        pages=pages,
        late_seconds=seconds,
        overdue=len(await world.store.pages.overdue(world.clock.now())),
        unresolved=await world.store.incidents.tally(),
        silent_seconds={name: await _silent(world, name) for name in (ESCALATION, AUDITOR)},
    )


async def _silent(world: World, name: str) -> float:
    last = await world.store.pulse.last(name)
    # A beat of this very moment may be ahead of our own reading of the database's clock.
    return math.inf if last is None else max(0.0, (world.clock.now() - last).total_seconds())
