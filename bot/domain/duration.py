"""Lengths of time as people type them: `30m`, `2h`, `1d`, `1h30m`.

Before: a word of a command. After: a lock's or freeze's expiry.
"""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_PART = re.compile(r"(\d{1,6})\s*([smhd])")


def parse_duration(text: str) -> timedelta:
    """The length; raises ValueError with a sentence that says how to write it."""
    word = text.strip().lower()
    parts = _PART.findall(word)
    if not parts or _PART.sub("", word).strip():
        raise ValueError("write a time like 30m, 2h or 1d")
    length = timedelta(seconds=sum(int(number) * _UNITS[unit] for number, unit in parts))
    if not length:
        raise ValueError("it must be longer than nothing")
    return length
