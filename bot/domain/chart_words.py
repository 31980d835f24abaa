"""A chart in words, for who cannot see it: what a screen reader says in the picture's place.

Before: a `Chart`. After: the file's alt text; it also stands where a picture cannot be uploaded.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.amount import in_percent, in_seconds
from bot.domain.chart import Chart, Point, Series


def alt(chart: Chart) -> str:
    """What range, then for each colour its worst minute, whether a threshold was crossed, and how
    it stood last.
    """
    start, end = chart.start, chart.end
    if start is None or end is None:
        return f"{chart.title}: no traffic was seen."
    shown = [_series(one, chart) for one in chart.series]
    day = start.astimezone(ZoneInfo(chart.zone))
    until = f"{_clock(end, chart)} on {day:%Y-%m-%d}, {chart.zone}"
    moved = [f"{mark.label} at {_clock(mark.at, chart)}" for mark in chart.marks]
    steps = f" Traffic: {', '.join(moved)}." if moved else ""
    return (
        f"{chart.title}: error rate, p95 and requests a minute, {_clock(start, chart)} to {until}. "
        f"{' '.join(shown)}{steps}"
    )


def _series(one: Series, chart: Chart) -> str:
    if not one.points:
        return f"{one.name}: no traffic."
    worst, last = max(one.points, key=lambda p: badness(p, chart)), one.points[-1]
    limits = f"{in_percent(chart.error_rate)} and {in_seconds(chart.p95_seconds)}"
    breaches = sum(1 for point in one.points if point.breach)
    crossed = (
        f"{breaches} of {len(one.points)} minutes in breach of the thresholds {limits}"
        if breaches
        else f"no minute in breach of the thresholds {limits}"
    )
    ended = f"last {_clock(last.start, chart)} with {_figures(last)}."
    if worst is last:
        return f"{one.name}: {crossed}; worst and {ended}"
    began = f"worst {_clock(worst.start, chart)} with {_figures(worst)}"
    return f"{one.name}: {crossed}; {began}; {ended}"


def badness(point: Point, chart: Chart) -> float:
    """How near a minute comes to the threshold it is nearest to; above 1 it is past it."""
    return max(
        (point.error_rate or 0.0) / chart.error_rate, (point.p95_seconds or 0.0) / chart.p95_seconds
    )


def _figures(point: Point) -> str:
    if point.error_rate is None:
        return "no requests"
    slow = "p95 unknown" if point.p95_seconds is None else f"p95 {in_seconds(point.p95_seconds)}"
    return f"{in_percent(point.error_rate)} errors of {point.requests:,} requests, {slow}"


def _clock(at: datetime, chart: Chart) -> str:
    return f"{at.astimezone(ZoneInfo(chart.zone)):%H:%M}"
