"""Several words as one: `a, b and c`, `a, b or c`.

Before: names somebody gathered. After: sentences of the domain and of `blocks`.
"""

from __future__ import annotations

from collections.abc import Sequence


def both(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return _joined(words, "and")


def either(words: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return _joined(words, "or")


def _joined(words: Sequence[str], link: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {link} {words[-1]}"
