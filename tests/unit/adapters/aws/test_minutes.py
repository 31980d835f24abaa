"""From series to minutes: what is counted, what is left out, what is marked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.aws.metrics import minutes_of
from bot.adapters.aws.series import Series
from bot.domain.live import Minute

pytestmark = pytest.mark.unit

START = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)
PERIODS = [START + timedelta(minutes=number) for number in range(2)]


def series(complete: bool = True, **values: float) -> dict[str, Series]:
    """A colour's four series with these values in the first minute."""
    return {
        name: Series(
            points={START: values[name]} if name in values else {},
            complete=complete,
        )
        for name in ("requests", "errors", "refused", "p95")
    }


def test_errors_are_those_answered_and_those_refused() -> None:
    found = minutes_of(series(requests=100, errors=3, refused=4, p95=0.2), PERIODS)
    assert list(found) == [Minute(start=START, requests=100, errors=7, p95_seconds=0.2)]


def test_a_colour_that_only_refuses_is_seen() -> None:
    found = minutes_of(series(requests=100, refused=100), PERIODS)
    assert list(found) == [Minute(start=START, requests=100, errors=100, p95_seconds=None)]


def test_a_minute_without_any_data_is_left_out() -> None:
    assert list(minutes_of(series(), PERIODS)) == []


def test_nothing_in_a_partial_answer_is_not_the_same_as_nothing() -> None:
    found = minutes_of(series(complete=False, requests=100, p95=0.2), PERIODS)
    assert [(minute.requests, minute.complete) for minute in found] == [(100, False), (0, False)]
