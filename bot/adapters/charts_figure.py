"""One chart as a PNG: three panels over one time axis, drawn by matplotlib.

Before: `bot.adapters.charts` imports this at the first chart and calls it in one thread at a time:
matplotlib is slow to import and not safe in two. After: the bytes. `Figure` and the Agg canvas
are used, never pyplot, which keeps global state.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, DateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from bot.adapters.charts_panel import FONT, INK, QUIET, STEP, STOP, day, panel, samples, shortened
from bot.domain.chart import Chart, Mark

SIZE, DPI = (12.0, 7.0), 100
"""Inches and dots an inch: 1200 by 700 pixels."""

STYLE: dict[Any, Any] = {
    "font.family": FONT,
    "font.size": 17,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "text.color": INK,
    "text.parse_math": False,  # a dollar in a title is a letter
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.linewidth": 1.6,
    "hatch.color": STOP,
}

_FEWEST = 6
"""Periods the time axis has room for at least: a point alone needs time around it to be read."""

_SECONDS_BELOW = timedelta(minutes=4)
"""A shorter time axis shows seconds, too."""

_NEAR = 0.08
"""Labels of steps nearer than this part of the width stand on two lines."""


def png(chart: Chart) -> bytes:
    """The chart as a PNG on white."""
    with rc_context(STYLE):
        figure = Figure(figsize=SIZE, dpi=DPI, facecolor="white")
        FigureCanvasAgg(figure)
        _draw(figure, chart)
        written = io.BytesIO()
        figure.savefig(written, format="png", metadata={"Software": None})
    return written.getvalue()


def _draw(figure: Figure, chart: Chart) -> None:
    rates, times, counts = figure.subplots(
        3, 1, sharex=True, gridspec_kw={"height_ratios": (5, 4, 3), "hspace": 0.16}
    )
    figure.subplots_adjust(left=0.105, right=0.972, top=0.79, bottom=0.115)
    title = shortened(chart.title, 65)
    figure.text(0.012, 0.955, title, fontsize=22, weight="bold", va="center")
    panel(rates, chart, "errors", lambda p: _times(p.error_rate, 100), chart.error_rate * 100)
    rates.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} %"))
    panel(times, chart, "p95", lambda p: _times(p.p95_seconds, 1000), chart.p95_seconds * 1000)
    times.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g} ms"))
    panel(counts, chart, "requests", lambda p: float(p.requests))
    counts.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    _time_axis(counts, chart)
    _steps((rates, times, counts), chart.marks)
    shown = samples(chart)
    figure.legend(
        handles=shown,
        loc="upper left",
        bbox_to_anchor=(0.004, 0.935),
        ncols=len(shown),
        frameon=False,
        fontsize=15,
        handlelength=2.2,
        columnspacing=1.3,
        handletextpad=0.5,
    )


def _time_axis(axes: Axes, chart: Chart) -> None:
    start, end = chart.start, chart.end
    if start is None or end is None:
        axes.set_xticks([])
        axes.set_xlabel("no traffic was seen", color=QUIET)
        return
    zone = ZoneInfo(chart.zone)
    left = min([start, *(mark.at for mark in chart.marks)])
    right = max([end, left + _FEWEST * chart.period, *(mark.at for mark in chart.marks)])
    room = (right - left) * 0.015
    axes.set_xlim(day(left - room), day(right + room))
    axes.tick_params(axis="x", pad=9)
    axes.xaxis.set_major_locator(AutoDateLocator(tz=zone, minticks=4, maxticks=9))
    shown = "%H:%M" if right - left >= _SECONDS_BELOW else "%H:%M:%S"
    axes.xaxis.set_major_formatter(DateFormatter(shown, tz=zone))
    days = dict.fromkeys(f"{at.astimezone(zone):%Y-%m-%d}" for at in (start, end))
    axes.set_xlabel(f"{' to '.join(days)}, {chart.zone}", color=QUIET, fontsize=15)


def _steps(panels: Sequence[Axes], marks: Sequence[Mark]) -> None:
    """Traffic steps as lines through all panels, named above; near ones on two lines."""
    left, right = panels[0].get_xlim()
    last, row = -math.inf, 0
    for mark in marks:
        where = day(mark.at)
        for axes in panels:
            axes.axvline(where, color=INK, linewidth=1.4, linestyle=STEP)
        row = 1 - row if where - last < _NEAR * (right - left) else 0
        last = where
        panels[0].annotate(
            shortened(mark.label, 24),
            (where, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3 + 19 * row),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=15,
        )


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
