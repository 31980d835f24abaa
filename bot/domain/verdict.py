"""The judgement of one closed minute, and of a watch so far.

No data is not success and not failure: BREACH, OK, NO_TRAFFIC, BLIND (design, *Safety rules*).
Thresholds are the runbook's (*When to Rollback*).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.live import Minute
from bot.topology import Metrics, Thresholds


class Verdict(StrEnum):
    """BLIND: CloudWatch did not tell, or told in part."""

    BREACH = "breach"
    OK = "ok"
    NO_TRAFFIC = "no_traffic"
    BLIND = "blind"


def judge(minute: Minute | None, thresholds: Thresholds) -> Verdict:
    """One closed minute; None when CloudWatch holds nothing for it (ALB metrics exist only
    while requests flow, so an absent minute is NO_TRAFFIC).
    """
    if minute is None:
        return Verdict.NO_TRAFFIC
    if not minute.complete:
        return Verdict.BLIND
    # Targets tell of a minute nobody asked anything in: that is no traffic, whatever is the least.
    nothing = not minute.requests and not minute.errors
    if nothing or minute.requests < thresholds.minimum_requests:
        return Verdict.NO_TRAFFIC
    bad = is_slow(minute, thresholds) or is_failing(minute, thresholds)
    return Verdict.BREACH if bad else Verdict.OK


def is_slow(minute: Minute, thresholds: Thresholds) -> bool:
    """Whether its p95 is beyond the threshold; an unknown one is not."""
    return minute.p95_seconds is not None and minute.p95_seconds > thresholds.p95_seconds


def is_failing(minute: Minute, thresholds: Thresholds) -> bool:
    """Whether more of its requests failed than the threshold allows."""
    return minute.errors > thresholds.error_rate * minute.requests


def closed(*, since: datetime, now: datetime, metrics: Metrics, limit: int) -> tuple[datetime, ...]:
    """Starts of the first `limit` periods that lie wholly after `since` and that are old
    enough at `now` to be judged.
    """
    period = timedelta(seconds=metrics.period_seconds)
    return tuple(
        judged - period - timedelta(seconds=metrics.lag_seconds)
        for judged in (judged_at(since=since, metrics=metrics, number=n) for n in range(limit))
        if judged <= now
    )


def judged_at(*, since: datetime, metrics: Metrics, number: int) -> datetime:
    """When the period of that number (from 0) that lies wholly after `since` may be judged."""
    period = timedelta(seconds=metrics.period_seconds)
    first = floor(since, metrics.period_seconds)
    if first < since:
        first += period
    return first + (number + 1) * period + timedelta(seconds=metrics.lag_seconds)


def floor(instant: datetime, period_seconds: int) -> datetime:
    """The start of the period an instant lies in, as CloudWatch aligns periods (from the epoch)."""
    seconds = instant.timestamp()
    return instant - timedelta(seconds=seconds % period_seconds)


def error_rate(minutes: Iterable[Minute]) -> float | None:
    """Errors per request over several minutes; None when there were no requests.

    Capped at 1: connection errors are counted beside requests, not among them.
    """
    listed = tuple(minutes)
    requests = sum(minute.requests for minute in listed)
    if not requests:
        return None
    return min(1.0, sum(minute.errors for minute in listed) / requests)


def worst_p95(minutes: Iterable[Minute]) -> float | None:
    """The highest p95 of several minutes, in seconds: percentiles cannot be averaged."""
    known = [minute.p95_seconds for minute in minutes if minute.p95_seconds is not None]
    return max(known, default=None)
