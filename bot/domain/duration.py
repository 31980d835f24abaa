"""Lengths of time as people type them (`30m`, `2h`, `1d`, `1h30m`) and as they read them.

Before: a word of a command. After: a lock's or freeze's expiry; and sentences that say how long.
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


def in_words(length: timedelta) -> str:
    """A length of time in its two largest units: `45 s`, `4 min 2 s`, `2 h 5 min`, `3 d`."""
    seconds = max(0, round(length.total_seconds()))
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    for index, (unit, size) in enumerate(units):
        if seconds >= size and unit != "s":
            smaller, smaller_size = units[index + 1]
            rest = seconds % size // smaller_size
            return f"{seconds // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{seconds} s"
