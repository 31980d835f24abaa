"""Whose fault a load balancer's own 5xx are: CloudWatch counts them without a target group.

Before it: a period's counts of both colours, as read. After it: `Minute`, which watches judge. A
connection that a target refused shows as an error of the balancer as well, so only what exceeds
the refused ones is left to be given to somebody. That can be done only where no other service
shares the load balancer; its readers leave the count out there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.domain.live import Minute
from bot.topology import Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A colour in one period as CloudWatch tells it. `healthy` None: it says nothing of targets."""

    requests: int = 0
    refused: int = 0
    healthy: float | None = None


def attributed(
    balancer_errors: int,
    seen: Mapping[Colour, Seen],
    weights: Mapping[Colour, int] | None = None,
) -> Mapping[Colour, int]:
    """How many of the balancer's errors each colour has to answer for, all of them together.

    They go to the colours that had traffic, or have weight if the weights are known: first to
    those without a healthy target, in proportion, else in proportion to requests. Where no colour
    had requests and weights are not known, healthy targets alone decide: a colour without any
    target has no RequestCount, and what is asked of it must not look like silence.
    """
    left = balancer_errors - sum(each.refused for each in seen.values())
    if left <= 0:
        return dict.fromkeys(seen, 0)
    known = weights or {}
    serving = [c for c in seen if seen[c].requests > 0 or known.get(c, 0) > 0] or list(seen)
    broken = [c for c in serving if _broken(seen[c])]
    guilty = broken or serving
    asked = {c: seen[c].requests for c in guilty}
    meant = {c: known.get(c, 0) for c in guilty}
    # A colour without targets has no requests to be measured by, only the weight it was given.
    measures = (meant, asked) if broken else (asked, meant)
    share = next((m for m in measures if any(m.values())), dict.fromkeys(guilty, 1))
    return dict.fromkeys(seen, 0) | _split(left, share)


def with_errors(
    minutes: Mapping[Colour, Minute], given: Mapping[Colour, int]
) -> dict[Colour, Minute]:
    """The minutes with these errors of the balancer counted, in place of those counted before.

    They count as requests, too: a group's RequestCount holds only what reached a target. (It does
    hold a target's time-out, which the balancer answers as well; counted twice as a request, it
    makes a rate of 5 % look like 4.8 %.)
    """
    return {
        colour: replace(
            minute,
            requests=minute.requests - minute.balancer_errors + given.get(colour, 0),
            errors=minute.errors - minute.balancer_errors + given.get(colour, 0),
            balancer_errors=given.get(colour, 0),
        )
        for colour, minute in minutes.items()
    }


def by_weights(
    minutes: Mapping[Colour, Iterable[Minute]], weights: Mapping[Colour, int]
) -> dict[Colour, tuple[Minute, ...]]:
    """Both colours' minutes with the balancer's errors given out anew, by weights that held then.

    For a canary: a colour with a share and without targets has no requests, so that a reader who
    does not know the weights gave its errors to the other one.
    """
    starts = sorted({minute.start for listed in minutes.values() for minute in listed})
    at = {c: {minute.start: minute for minute in minutes.get(c, ())} for c in Colour}
    found: dict[Colour, list[Minute]] = {colour: [] for colour in Colour}
    for start in starts:
        known = {c: at[c][start] for c in Colour if start in at[c]}
        for colour, minute in _given_anew(known, weights).items():
            if colour in known or minute.errors:
                found[colour].append(minute)
    return {colour: tuple(listed) for colour, listed in found.items()}


def _given_anew(
    known: Mapping[Colour, Minute], weights: Mapping[Colour, int]
) -> dict[Colour, Minute]:
    """One period; a colour of which nothing is known has nothing but what it is given."""
    one = next(iter(known.values()))
    nothing = Minute(
        start=one.start,
        requests=0,
        errors=0,
        p95_seconds=None,
        complete=one.complete,
        database_failures=one.database_failures,
    )
    minutes = {colour: known.get(colour, nothing) for colour in Colour}
    seen = {
        colour: Seen(requests=minute.requests - minute.balancer_errors, healthy=minute.healthy)
        for colour, minute in minutes.items()
    }
    total = sum(minute.balancer_errors for minute in minutes.values())
    return with_errors(minutes, attributed(total, seen, weights))


def _broken(seen: Seen) -> bool:
    return not seen.healthy if seen.healthy is not None else seen.requests == 0


def _split(number: int, share: Mapping[Colour, int]) -> dict[Colour, int]:
    """A whole number in proportion; what rounding leaves goes to the largest remainders."""
    whole = sum(share.values())
    found = {colour: number * part // whole for colour, part in share.items()}
    rest = number - sum(found.values())
    for colour in sorted(share, key=lambda c: number * share[c] % whole, reverse=True)[:rest]:
        found[colour] += 1
    return found
