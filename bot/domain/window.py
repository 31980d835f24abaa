"""How far back a look at a service goes: the closed minutes a person and a plan are shown.

Before: the topology's [metrics]. After: bot.engine.look and the patrol read it, `blocks.status`
names it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.verdict import floor
from bot.topology import Metrics


def window(now: datetime, metrics: Metrics) -> tuple[datetime, datetime]:
    """The closed periods a look covers, [start, end): `history_minutes` up to the lag.

    Both ends lie on the period's grid; periods longer than the history give one period.
    """
    end = floor(now - timedelta(seconds=metrics.lag_seconds), metrics.period_seconds)
    return end - periods(metrics) * timedelta(seconds=metrics.period_seconds), end


def latest(now: datetime, metrics: Metrics, number: int) -> tuple[datetime, ...]:
    """The starts of the last `number` periods that are old enough to be judged, in order."""
    _, end = window(now, metrics)
    period = timedelta(seconds=metrics.period_seconds)
    return tuple(end - ago * period for ago in range(number, 0, -1))


def periods(metrics: Metrics) -> int:
    """How many periods the window has."""
    return -(-metrics.history_minutes * 60 // metrics.period_seconds)
