"""What CloudWatch tells of both colours since an instant, judged minute by minute.

Before: a watch, or the chart of one. After: the port Metrics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.attribution import by_weights
from bot.domain.live import Minute
from bot.domain.watch import Judged, blind, judged
from bot.engine.step import Work
from bot.engine.switching import service_of
from bot.topology import Colour
from handlers.deploy.preparing import idle, live


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One look: the release's closed minutes, and the old colour's around them.

    `unread` counts those at the end that no look has had an answer for: one that is told in part
    does not take back what an earlier one was told whole.
    """

    new: tuple[Judged, ...]
    old: tuple[Judged, ...]
    since: datetime
    unread: int


async def look_at(
    work: Work,
    since: datetime,
    starts: Sequence[datetime],
    weights: Mapping[Colour, int],
    known: int = 0,
) -> Seen:
    """The release's minutes that begin at `starts`, of which `known` were told whole before.

    `weights` hold since `since`; before, the old colour had all traffic. Raises Temporary when
    nothing is told.
    """
    metrics = work.world.topology.metrics
    period = timedelta(seconds=metrics.period_seconds)
    first = since - timedelta(minutes=metrics.history_minutes)
    end = starts[-1] + period if starts else since
    read = await work.world.aws.metrics.minutes(service_of(work), start=first, end=end)
    during = {
        colour: [minute for minute in minutes if minute.start >= since]
        for colour, minutes in read.items()
    }
    shared = by_weights(during, weights)
    new = {minute.start: minute for minute in shared[idle(work)]}
    before = [minute for minute in read.get(live(work), ()) if minute.start < since]
    history = tuple(_judged(work, start, new.get(start)) for start in starts)
    return Seen(
        new=history,
        old=tuple(_judged(work, m.start, m) for m in (*before, *shared[live(work)])),
        since=since,
        unread=min(blind(history), len(history) - known),
    )


def weights_of(args: Mapping[str, Any]) -> dict[Colour, int]:
    """The weights that a watching step's args say it watches."""
    return {Colour(name): int(weight) for name, weight in args["weights"].items()}


def _judged(work: Work, start: datetime, minute: Minute | None) -> Judged:
    topology = work.world.topology
    return judged(start, minute, topology.thresholds, topology.watch)
