"""When RDS' maintenance window is over: `sun:05:00-sun:06:00`, in UTC.

Before: an instance as described. After: when somebody looks whether what waited was done.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(r"[a-z]{3}:\d\d:\d\d-([a-z]{3}):(\d\d):(\d\d)")
_WEEK = timedelta(days=7)


def window_end(window: str, now: datetime) -> datetime:
    """The next end after `now`; in a week when the words are not understood."""
    match = _WINDOW.fullmatch(window.lower())
    if match is None or match[1] not in _DAYS:
        return now + _WEEK
    days = (_DAYS.index(match[1]) - now.weekday()) % 7
    end = now.replace(hour=int(match[2]), minute=int(match[3]), second=0, microsecond=0)
    end += timedelta(days=days)
    return end if end > now else end + _WEEK
