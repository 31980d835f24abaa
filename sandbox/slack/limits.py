"""How often a method may be called: one bucket per method, and per channel for posting.

Before: `web_api` asks before it acts. After: a 429 with `Retry-After`. Source: Slack's rate-limit
tiers (docs.slack.dev/apis/web-api/rate-limits): per method, per workspace, per app.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`per_minute` calls, of which `burst` may come at once."""

    per_minute: float
    burst: float


TIER_2 = Rate(per_minute=20, burst=20)
TIER_3 = Rate(per_minute=50, burst=50)
TIER_4 = Rate(per_minute=100, burst=100)
POSTING = Rate(per_minute=60, burst=5)  # one a second in each channel
CONNECTING = Rate(per_minute=1, burst=10)
FREE = Rate(per_minute=60_000, burst=60_000)


class Limits:
    """Buckets that fill with time."""

    def __init__(self, *, enforced: bool) -> None:
        self._enforced = enforced
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, name: str, rate: Rate) -> int:
        """0 when the call may go ahead, else the whole seconds to wait."""
        if not self._enforced:
            return 0
        now = time.monotonic()
        level, at = self._buckets.get(name, (rate.burst, now))
        level = min(rate.burst, level + (now - at) * rate.per_minute / 60)
        if level < 1:
            self._buckets[name] = (level, now)
            return max(1, math.ceil((1 - level) * 60 / rate.per_minute))
        self._buckets[name] = (level - 1, now)
        return 0

    def reset(self) -> None:
        """All buckets full."""
        self._buckets.clear()
