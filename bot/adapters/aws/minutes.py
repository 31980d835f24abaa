"""From series to minutes: what is counted, what is left out, what is marked.

Before it comes `series`, as CloudWatch told it; after it the watches. What targets did is counted:
5xx they answered and connections they refused, for a crashing colour answers nothing and shows no
5xx; and of what the load balancer answered by itself what `bot.domain.attribution` leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.adapters.aws import queries as q
from bot.adapters.aws.series import Series
from bot.domain.attribution import Seen, attributed, with_errors
from bot.domain.live import Minute
from bot.topology import Colour

_JUDGED = (q.REQUESTS, q.ANSWERED, q.REFUSED, q.P95)
"""Without all of these a colour's traffic is not known. Targets and load, told in part, are."""


def minutes_of(
    colours: Mapping[Colour, Mapping[str, Series]],
    periods: Iterable[datetime],
    *,
    balancer: Series | None = None,
    database: Series | None = None,
) -> dict[Colour, tuple[Minute, ...]]:
    """Both colours' minutes in these periods, from their series by name; `balancer` None: its
    errors cannot be given to anybody. One of which nothing is known is left out.
    """
    told = balancer is None or balancer.complete
    complete = {c: told and all(of[name].complete for name in _JUDGED) for c, of in colours.items()}
    found: dict[Colour, list[Minute]] = {colour: [] for colour in colours}
    for period in periods:
        failures = _failures(database, period)
        bare = {
            c: _minute(of, period, complete=complete[c], failures=failures)
            for c, of in colours.items()
        }
        errors = balancer.points.get(period, 0.0) if balancer is not None else 0.0
        given = attributed(round(errors), {c: _seen(minute) for c, minute in bare.items()})
        for colour, minute in with_errors(bare, given).items():
            if failures is not None or not complete[colour] or _known(minute, colours[colour]):
                found[colour].append(minute)
    return {colour: tuple(minutes) for colour, minutes in found.items()}


def _minute(
    of: Mapping[str, Series], period: datetime, *, complete: bool, failures: int | None
) -> Minute:
    refused = _count(of, q.REFUSED, period)
    return Minute(
        start=period,
        requests=_count(of, q.REQUESTS, period),
        errors=_count(of, q.ANSWERED, period) + refused,
        p95_seconds=of[q.P95].points.get(period),
        complete=complete,
        refused=refused,
        healthy=_gauge(of, q.HEALTHY, period),
        unhealthy=_gauge(of, q.UNHEALTHY, period),
        cpu=_gauge(of, q.CPU, period),
        memory=_gauge(of, q.MEMORY, period),
        database_failures=failures,
    )


def _seen(minute: Minute) -> Seen:
    return Seen(requests=minute.requests, refused=minute.refused, healthy=minute.healthy)


def _known(minute: Minute, of: Mapping[str, Series]) -> bool:
    """Whether CloudWatch told anything of it."""
    return minute.errors > 0 or any(minute.start in series.points for series in of.values())


def _count(of: Mapping[str, Series], name: str, period: datetime) -> int:
    return round(of[name].points.get(period, 0))


def _gauge(of: Mapping[str, Series], name: str, period: datetime) -> float | None:
    """An average; unknown when the answer was partial, which may be half of it."""
    return of[name].points.get(period) if of[name].complete else None


def _failures(series: Series | None, period: datetime) -> int | None:
    """How many at least: a partial answer has some of them."""
    if series is None or period not in series.points:
        return None
    return round(series.points[period])
