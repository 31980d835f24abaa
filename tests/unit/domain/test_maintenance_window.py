"""When RDS' maintenance window is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.maintenance_window import window_end

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 4, 7, 0, 30, tzinfo=UTC)
"""A Wednesday."""


@pytest.mark.parametrize(
    ("window", "end"),
    [
        ("wed:06:38-wed:07:08", datetime(2026, 3, 4, 7, 8, tzinfo=UTC)),
        ("wed:06:00-wed:07:00", datetime(2026, 3, 11, 7, 0, tzinfo=UTC)),
        ("sat:23:30-sun:00:30", datetime(2026, 3, 8, 0, 30, tzinfo=UTC)),
        ("Tue:05:00-Tue:06:00", datetime(2026, 3, 10, 6, 0, tzinfo=UTC)),
        ("whenever", NOW + timedelta(days=7)),
        ("", NOW + timedelta(days=7)),
    ],
)
def test_it_is_the_next_end_and_in_a_week_if_nobody_understands_it(
    window: str, end: datetime
) -> None:
    assert window_end(window, NOW) == end
