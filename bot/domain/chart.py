"""What a chart of a watch shows, before anybody draws it; and the same in words.

Before: the closed minutes of a service's colours with a verdict each. After: the port `Charts`
draws it, `bot.domain.chart_words` tells it to who cannot see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.live import Minute
from bot.domain.verdict import Verdict, error_rate
from bot.topology import Colour, Metrics, Thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One closed period of one colour. None: nothing was served, so there is no figure."""

    start: datetime
    requests: int
    error_rate: float | None
    p95_seconds: float | None
    breach: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A colour's points, oldest first, gaps left out; `name` is what people call it."""

    colour: Colour
    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An instant at which something was done: traffic moved."""

    at: datetime
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Error rate, p95 and requests a period of each series. `zone` is an IANA name."""

    title: str
    zone: str
    period: timedelta
    error_rate: float
    p95_seconds: float
    series: tuple[Series, ...]
    marks: tuple[Mark, ...] = ()

    @property
    def start(self) -> datetime | None:
        """Where the first period begins; None when nothing was seen."""
        return min((p.start for one in self.series for p in one.points), default=None)

    @property
    def end(self) -> datetime | None:
        """Where the last period ends."""
        last = max((p.start for one in self.series for p in one.points), default=None)
        return None if last is None else last + self.period


def watched(
    *,
    title: str,
    zone: str,
    thresholds: Thresholds,
    metrics: Metrics,
    minutes: Mapping[Colour, Iterable[tuple[Minute, Verdict]]],
    names: Mapping[Colour, str] | None = None,
    steps: Iterable[Mark] = (),
) -> Chart:
    """The chart of a watch's history. `names` says what runs on a colour: `green (v1.4.3)`."""
    return Chart(
        title=title,
        zone=zone,
        period=timedelta(seconds=metrics.period_seconds),
        error_rate=thresholds.error_rate,
        p95_seconds=thresholds.p95_seconds,
        series=tuple(
            Series(
                colour=colour,
                name=(names or {}).get(colour, str(colour)),
                points=tuple(sorted((_point(*one) for one in judged), key=lambda p: p.start)),
            )
            for colour, judged in minutes.items()
        ),
        marks=tuple(sorted(steps, key=lambda mark: mark.at)),
    )


def _point(minute: Minute, verdict: Verdict) -> Point:
    return Point(
        start=minute.start,
        requests=minute.requests,
        error_rate=error_rate([minute]),
        p95_seconds=minute.p95_seconds,
        breach=verdict is Verdict.BREACH,
    )
