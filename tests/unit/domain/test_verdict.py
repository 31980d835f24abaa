"""No data is not success and not failure; only closed minutes are judged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.live import Minute
from bot.domain.verdict import Verdict, closed, error_rate, floor, judge, worst_p95
from bot.domain.window import periods, window
from bot.topology import Metrics, Thresholds

pytestmark = pytest.mark.unit

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RULE = Thresholds(error_rate=0.05, p95_seconds=0.5, minimum_requests=20)


def minute(
    requests: int = 100, errors: int = 0, p95: float | None = 0.2, *, complete: bool = True
) -> Minute:
    return Minute(start=NOON, requests=requests, errors=errors, p95_seconds=p95, complete=complete)


@pytest.mark.parametrize(
    ("given_minute", "verdict"),
    [
        (None, Verdict.NO_TRAFFIC),
        (minute(requests=19), Verdict.NO_TRAFFIC),
        (minute(requests=19, errors=19), Verdict.NO_TRAFFIC),
        (minute(requests=20), Verdict.OK),
        (minute(errors=5), Verdict.OK),
        (minute(errors=6), Verdict.BREACH),
        (minute(p95=0.5), Verdict.OK),
        (minute(p95=0.501), Verdict.BREACH),
        (minute(p95=None), Verdict.OK),
        (minute(p95=None, errors=50), Verdict.BREACH),
        (minute(complete=False), Verdict.BLIND),
        (minute(requests=0, complete=False), Verdict.BLIND),
        (minute(errors=100, complete=False), Verdict.BLIND),
    ],
)
def test_a_closed_minute_is_judged(given_minute: Minute | None, verdict: Verdict) -> None:
    assert judge(given_minute, RULE) is verdict


def test_a_minute_that_only_tells_of_targets_is_no_traffic_however_little_is_enough() -> None:
    rule = Thresholds(minimum_requests=0)
    assert judge(minute(requests=0, p95=None), rule) is Verdict.NO_TRAFFIC
    assert judge(minute(requests=0, errors=1, p95=None), rule) is Verdict.BREACH
    assert judge(minute(requests=1), rule) is Verdict.OK


@given(
    requests=st.integers(0, 10_000),
    errors=st.integers(0, 10_000),
    p95=st.none() | st.floats(0, 100),
)
def test_more_errors_never_make_a_minute_better(
    requests: int, errors: int, p95: float | None
) -> None:
    if judge(minute(requests, errors, p95), RULE) is Verdict.BREACH:
        assert judge(minute(requests, errors + 1, p95), RULE) is Verdict.BREACH


def test_a_minute_counts_only_when_it_began_after_the_change() -> None:
    metrics = Metrics(period_seconds=60, lag_seconds=0)
    since = NOON + timedelta(seconds=1)
    late = NOON + timedelta(minutes=10)
    assert closed(since=since, now=late, metrics=metrics, limit=2) == (
        NOON + timedelta(minutes=1),
        NOON + timedelta(minutes=2),
    )
    assert closed(since=NOON, now=late, metrics=metrics, limit=1) == (NOON,)


def test_a_minute_younger_than_the_lag_is_not_judged_yet() -> None:
    metrics = Metrics(period_seconds=60, lag_seconds=180)
    due = NOON + timedelta(seconds=60 + 180)
    early = due - timedelta(microseconds=1)
    assert closed(since=NOON, now=early, metrics=metrics, limit=3) == ()
    assert closed(since=NOON, now=due, metrics=metrics, limit=3) == (NOON,)


@given(
    after=st.floats(0, 86_400),
    waited=st.floats(0, 86_400),
    period=st.sampled_from([1, 5, 10, 30, 60, 300]),
    lag=st.floats(0, 3600),
    limit=st.integers(1, 10),
)
def test_closed_periods_follow_each_other_on_the_grid_and_are_old_enough(
    after: float, waited: float, period: int, lag: float, limit: int
) -> None:
    metrics = Metrics(period_seconds=period, lag_seconds=lag)
    since = NOON + timedelta(seconds=after)
    now = since + timedelta(seconds=waited)
    starts = closed(since=since, now=now, metrics=metrics, limit=limit)
    step = timedelta(seconds=period)
    assert len(starts) <= limit
    for number, start in enumerate(starts):
        assert start == starts[0] + number * step
        assert start == floor(start, period)
        assert start >= since
        assert start + step <= now - timedelta(seconds=lag)


@given(
    seconds=st.integers(0, 2_000_000_000),
    micros=st.integers(0, 999_999),
    period=st.sampled_from([1, 30, 60, 300]),
)
def test_periods_are_aligned_from_the_epoch(seconds: int, micros: int, period: int) -> None:
    instant = datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)
    start = floor(instant, period)
    assert start <= instant < start + timedelta(seconds=period)
    assert start.timestamp() % period == 0


def test_a_look_back_covers_the_history_up_to_the_lag() -> None:
    metrics = Metrics(period_seconds=60, lag_seconds=180, history_minutes=10)
    start, end = window(NOON + timedelta(seconds=30), metrics)
    assert (start, end) == (NOON - timedelta(minutes=13), NOON - timedelta(minutes=3))


def test_a_period_longer_than_the_history_gives_one_period() -> None:
    metrics = Metrics(period_seconds=300, lag_seconds=0, history_minutes=1)
    start, end = window(NOON + timedelta(seconds=30), metrics)
    assert periods(metrics) == 1
    assert (start, end) == (NOON - timedelta(minutes=5), NOON)


def test_the_error_rate_of_nothing_is_unknown_and_never_above_one() -> None:
    assert error_rate([]) is None
    assert error_rate([minute(requests=0, errors=3)]) is None
    assert error_rate([minute(errors=5), minute(errors=15)]) == 0.1
    assert error_rate([minute(requests=2, errors=9)]) == 1.0


def test_the_worst_p95_is_the_highest_known() -> None:
    assert worst_p95([]) is None
    assert worst_p95([minute(p95=None)]) is None
    assert worst_p95([minute(p95=0.1), minute(p95=None), minute(p95=0.9)]) == 0.9
