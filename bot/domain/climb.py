"""When which level is due: the one place that knows, for the engine and for the simulator.

`due = beginning + the ladder's minutes`, absolute: what happens meanwhile never shifts it.
(Runbook, *Escalation Path*.)
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.incident import Escalation, Page
from bot.topology import Ladder


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A level and the instant it is to be paged. Levels count from 1."""

    level: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """One climb: what is due, lowest level first, and when it is over without an answer.

    Empty with `over_at` None for a severity that pages nobody.
    """

    dues: tuple[Due, ...]
    over_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """A page that will be sent if nobody answers: in which climb (from 1), which level, when."""

    climb: int
    level: int
    at: datetime


def climb(ladder: Ladder, began_at: datetime, *, paged: Collection[int] = ()) -> Climb:
    """A climb that begins then. Levels in `paged` have been rung for it already."""
    if not ladder.waits:
        return Climb(dues=(), over_at=None)
    times = [began_at + timedelta(minutes=wait) for wait in ladder.waits]
    return Climb(
        dues=tuple(
            Due(level=level, at=at) for level, at in enumerate(times, start=1) if level not in paged
        ),
        over_at=times[-1] + timedelta(minutes=ladder.repeat_minutes),
    )


def climb_from(ladder: Ladder, level: int, now: datetime) -> Climb:
    """A climb that goes on above a level which is ringing again at this moment."""
    waits = ladder.waits
    below = waits[min(level, len(waits)) - 1] if level and waits else 0.0
    began_at = now - timedelta(minutes=below)
    return climb(ladder, began_at, paged=range(1, level + 1))


def foreseen(ladder: Ladder, began_at: datetime) -> Iterator[Foreseen]:
    """All pages of an incident nobody answers, the repetitions included, in order."""
    for number in range(1, ladder.repeats + 2):
        one = climb(ladder, began_at)
        for due in one.dues:
            yield Foreseen(climb=number, level=due.level, at=due.at)
        if one.over_at is None:
            return
        began_at = one.over_at


def unowned_at(ladder: Ladder, began_at: datetime) -> datetime | None:
    """When an incident nobody answers is declared UNOWNED; None when it pages nobody."""
    for _ in range(ladder.repeats + 1):
        over = climb(ladder, began_at).over_at
        if over is None:
            return None
        began_at = over
    return began_at


def next_page(climbs: Sequence[Escalation]) -> Page | None:
    """The page that is sent next if nobody answers, of an incident's climbs in order."""
    present = climbs[-1] if climbs else None
    if present is None or present.ended_at is not None:
        return None
    return min((p for p in present.pages if p.state.to_send), key=_due, default=None)


def _due(page: Page) -> tuple[datetime, int]:
    return page.next_at or page.due_at, page.level
