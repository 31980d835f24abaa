"""What a chart of a watch shows, and what it says to who cannot see it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.chart import Chart, Mark, watched
from bot.domain.chart_words import alt
from bot.domain.live import Minute
from bot.domain.verdict import judge
from bot.topology import Colour, Metrics, Thresholds

pytestmark = pytest.mark.unit

BEGAN = datetime(2026, 11, 24, 3, 5, tzinfo=UTC)
LIMITS = Thresholds()


def minute(number: int, requests: int = 400, errors: int = 1, p95: float | None = 0.21) -> Minute:
    start = BEGAN + timedelta(minutes=number)
    return Minute(start=start, requests=requests, errors=errors, p95_seconds=p95)


def chart(
    green: list[Minute], blue: list[Minute] | None = None, *, steps: tuple[Mark, ...] = ()
) -> Chart:
    return watched(
        title="R12 deploy backend",
        zone="Europe/Berlin",
        thresholds=LIMITS,
        metrics=Metrics(),
        minutes={
            Colour.GREEN: [(one, judge(one, LIMITS)) for one in green],
            Colour.BLUE: [(one, judge(one, LIMITS)) for one in blue or []],
        },
        names={Colour.GREEN: "green (v1.4.3)"},
        steps=steps,
    )


def test_a_history_becomes_points_in_order_with_rate_and_verdict() -> None:
    made = chart([minute(1, errors=40), minute(0), minute(2, requests=0, errors=0, p95=None)])
    green, blue = made.series
    assert (green.name, blue.name, blue.points) == ("green (v1.4.3)", "blue", ())
    assert [point.error_rate for point in green.points] == [0.0025, 0.1, None]
    assert [point.breach for point in green.points] == [False, True, False]
    assert (made.start, made.end) == (BEGAN, BEGAN + timedelta(minutes=3))
    assert (made.error_rate, made.p95_seconds) == (0.05, 0.5)


def test_steps_are_in_order() -> None:
    late, early = Mark(at=BEGAN + timedelta(minutes=5), label="25 %"), Mark(at=BEGAN, label="5 %")
    assert chart([], steps=(late, early)).marks == (early, late)


def test_the_words_tell_range_worst_minute_breaches_and_how_it_stood_last() -> None:
    steps = (Mark(at=BEGAN, label="5 %"), Mark(at=BEGAN + timedelta(minutes=2), label="25 %"))
    bad = minute(1, errors=32, p95=0.62)
    assert alt(chart([minute(0), bad, minute(2)], [minute(2)], steps=steps)) == (
        "R12 deploy backend: error rate, p95 and requests a minute, 04:05 to 04:08 on 2026-11-24, "
        "Europe/Berlin. "
        "green (v1.4.3): 1 of 3 minutes in breach of the thresholds 5 % and 500 ms; "
        "worst 04:06 with 8 % errors of 400 requests, p95 620 ms; "
        "last 04:07 with 0.2 % errors of 400 requests, p95 210 ms. "
        "blue: no minute in breach of the thresholds 5 % and 500 ms; "
        "worst and last 04:07 with 0.2 % errors of 400 requests, p95 210 ms. "
        "Traffic: 5 % at 04:05, 25 % at 04:07."
    )


def test_the_worst_minute_is_the_one_nearest_to_either_threshold() -> None:
    slow = minute(1, errors=0, p95=0.49)
    assert "worst 04:06 with 0 % errors of 400 requests, p95 490 ms" in alt(
        chart([minute(0, errors=8, p95=0.1), slow, minute(2, p95=None)])
    )
    erring = minute(1, errors=19, p95=0.1)
    assert "worst 04:06 with 4.8 % errors" in alt(chart([minute(0, p95=0.4), erring, minute(2)]))


def test_what_is_not_known_is_said_and_no_figure_is_made_of_it() -> None:
    assert "no requests" in alt(chart([minute(0, requests=0, errors=0, p95=None)]))
    assert "p95 unknown" in alt(chart([minute(0, p95=None)]))
    assert "blue: no traffic." in alt(chart([minute(0)]))
    assert alt(chart([])) == "R12 deploy backend: no traffic was seen."
