"""How a colour has done in its last minutes, in a few words for a card.

Before: minutes as read. After: the evidence of a rollback's and a deployment's plan.
"""

from __future__ import annotations

from bot.domain.live import Minute, Missing
from bot.domain.verdict import error_rate, worst_p95


def lately(minutes: tuple[Minute, ...] | Missing, period_seconds: int) -> str:
    """`8.1% errors (240 of 3,000 requests in 10 minutes), worst p95 700 ms`; or what is unknown."""
    if isinstance(minutes, Missing):
        return f"errors unknown ({minutes.reason})"
    rate, p95 = error_rate(minutes), worst_p95(minutes)
    if rate is None:
        return "no traffic in the last minutes"
    span = len(minutes) * period_seconds / 60
    errors = sum(minute.errors for minute in minutes)
    requests = sum(minute.requests for minute in minutes)
    slow = "p95 unknown" if p95 is None else f"worst p95 {p95 * 1000:.0f} ms"
    return (
        f"{rate:.1%} errors ({errors:,} of {requests:,} requests in {span:g} minute"
        f"{'' if span == 1 else 's'}), {slow}"
    )
