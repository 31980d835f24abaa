"""How a colour has done lately, in a few words; what is not known is said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.lately import lately
from bot.domain.live import Minute, Missing

pytestmark = pytest.mark.unit


def minute(requests: int, errors: int, p95: float | None = 0.7) -> Minute:
    start = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
    return Minute(start=start, requests=requests, errors=errors, p95_seconds=p95)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (
            (minute(1000, 80), minute(2000, 160, 0.2)),
            "8.0% errors (240 of 3,000 requests in 2 minutes), worst p95 700 ms",
        ),
        ((minute(10, 0, None),), "0.0% errors (0 of 10 requests in 1 minute), p95 unknown"),
        ((), "no traffic in the last minutes"),
        ((minute(0, 0, None),), "no traffic in the last minutes"),
        (Missing(reason="throttled"), "errors unknown (throttled)"),
    ],
)
def test_it_is_said_in_one_line(minutes: tuple[Minute, ...] | Missing, said: str) -> None:
    assert lately(minutes, 60) == said
