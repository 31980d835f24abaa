"""One panel of a chart: a value of each colour over time, the threshold, the minutes in breach.

Before: `bot.adapters.charts_figure` lays out three of them. Colours are Okabe and Ito's, which
colour-blind people tell apart; line, marker and hatch say the same without colour.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from functools import cache

from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.font_manager import findfont, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from bot.domain.chart import Chart, Point, Series
from bot.topology import Colour

INK, QUIET, GRID, STOP, STOPPED = "#1d1c1d", "#5e5d60", "#dcdbd8", "#b3400a", "#fbe9df"
FONT = "DejaVu Sans"
"""matplotlib brings it along: the same picture everywhere."""

Dashes = tuple[float, tuple[float, ...]]
DOTTED: Dashes = (0, (1.2, 1.6))
STEP: Dashes = (0, (6, 3))
LINES: dict[Colour, tuple[str, Dashes, str]] = {
    Colour.BLUE: ("#0072b2", (0, (5, 1.6)), "s"),
    Colour.GREEN: ("#00805d", (0, ()), "o"),
}
"""Colour, line and marker of each half."""

_HEADROOM = 1.45
"""A panel is this much higher than what it shows: its name stands there."""

_CROWDED = 60
"""With more points than this, their markers are small."""

Value = Callable[[Point], float | None]


def panel(axes: Axes, chart: Chart, label: str, value: Value, limit: float | None = None) -> None:
    """Draw it; `value` is what a point has in this panel's unit, None when there is nothing."""
    axes.grid(axis="y", color=GRID, linewidth=0.9)
    axes.tick_params(length=0, pad=6)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=3, min_n_ticks=3, integer=limit is None))
    seen = [value(point) or 0.0 for series in chart.series for point in series.points]
    axes.set_ylim(0, max([limit or 0.0, *seen]) * _HEADROOM or 4.0)
    for start in {p.start for series in chart.series for p in series.points if p.breach}:
        axes.axvspan(
            day(start),
            day(start + chart.period),
            facecolor=STOPPED,
            edgecolor=STOP,
            hatch="//",
            linewidth=0,
            zorder=0.5,
        )
    for series in chart.series:
        _line(axes, chart, series, value, limit)
    if limit is not None:
        axes.axhline(limit, color=STOP, linewidth=1.8, linestyle=DOTTED)
    axes.text(
        0.007,
        0.98,
        label,
        transform=axes.transAxes,
        va="top",
        fontsize=16,
        color=QUIET,
        bbox={"facecolor": "white", "linewidth": 0, "pad": 1.5, "alpha": 0.85},
    )


def _line(axes: Axes, chart: Chart, series: Series, value: Value, limit: float | None) -> None:
    """A line that breaks where nothing is known; a point past the limit is a cross, too."""
    colour, line, marker = LINES[series.colour]
    places: list[tuple[float, float]] = []
    before: Point | None = None
    for point in series.points:
        if before is not None and point.start - before.start > chart.period:
            places.append((day(before.start + chart.period), math.nan))
        found = value(point)
        places.append((day(point.start + chart.period / 2), math.nan if found is None else found))
        before = point
    axes.plot(
        [x for x, _ in places],
        [y for _, y in places],
        color=colour,
        linestyle=line,
        marker=marker,
        markersize=5 if len(places) <= _CROWDED else 2.5,
        linewidth=2.4,
        clip_on=False,
    )
    over = [] if limit is None else [(x, y) for x, y in places if y > limit]
    axes.plot(
        [x for x, _ in over],
        [y for _, y in over],
        linestyle="none",
        marker="X",
        markersize=11,
        color=STOP,
        markeredgecolor="white",
        clip_on=False,
    )


def samples(chart: Chart) -> list[Line2D | Patch]:
    """What the legend shows, of what there is."""
    found: list[Line2D | Patch] = []
    for series in chart.series:
        colour, line, marker = LINES[series.colour]
        found.append(
            Line2D(
                [],
                [],
                color=colour,
                linestyle=line,
                marker=marker,
                linewidth=2.4,
                label=shortened(series.name, 22),
            )
        )
    found.append(Line2D([], [], color=STOP, linewidth=1.8, linestyle=DOTTED, label="threshold"))
    if any(point.breach for series in chart.series for point in series.points):
        breach = Patch(facecolor=STOPPED, edgecolor=STOP, hatch="//", linewidth=0, label="breach")
        found.append(breach)
    if chart.marks:
        found.append(Line2D([], [], color=INK, linewidth=1.4, linestyle=STEP, label="traffic step"))
    return found


def shortened(text: str, most: int) -> str:
    """On one line, cut where there is no more room; what the font cannot show is a `?`."""
    shown = _glyphs()
    line = "".join(c if ord(c) in shown else "?" for c in " ".join(text.split()))
    return line if len(line) <= most else line[: most - 1] + "…"


@cache
def _glyphs() -> frozenset[int]:
    """What the font has in both its weights: matplotlib warns of anything else."""
    names = (f"{FONT}:regular", f"{FONT}:bold")
    return frozenset.intersection(*(frozenset(get_font(findfont(n)).get_charmap()) for n in names))


def day(at: datetime) -> float:
    """An instant as matplotlib counts them."""
    return float(date2num(at))
