"""Lengths of time as typed, and how far back a look goes."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.duration import parse_duration
from bot.domain.window import periods, window
from bot.topology import Metrics

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 23, 3, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("word", "length"),
    [
        ("30m", timedelta(minutes=30)),
        (" 2H ", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
        ("1h30m", timedelta(minutes=90)),
        ("90 s", timedelta(seconds=90)),
    ],
)
def test_lengths_are_read_as_people_write_them(word: str, length: timedelta) -> None:
    assert parse_duration(word) == length


@pytest.mark.parametrize("word", ["", "soon", "30", "h", "1w", "1h!", "-1h", "0m"])
def test_other_words_are_told_how_to_write_it(word: str) -> None:
    with pytest.raises(ValueError, match=r"write a time like 30m, 2h or 1d|longer than nothing"):
        parse_duration(word)


def test_the_window_is_closed_minutes_on_the_grid_before_the_lag() -> None:
    start, end = window(NOW, Metrics(period_seconds=60, lag_seconds=180, history_minutes=10))
    assert end == datetime(2026, 11, 23, 3, 7, tzinfo=UTC)
    assert start == datetime(2026, 11, 23, 2, 57, tzinfo=UTC)


def test_a_period_longer_than_the_history_gives_one_period() -> None:
    metrics = Metrics(period_seconds=300, lag_seconds=0, history_minutes=1)
    assert periods(metrics) == 1
    assert window(NOW, metrics) == (
        datetime(2026, 11, 23, 3, 5, tzinfo=UTC),
        datetime(2026, 11, 23, 3, 10, tzinfo=UTC),
    )
