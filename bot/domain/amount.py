"""Fractions and response times as people read them: `5.2 %`, `620 ms`.

Before: figures of a minute. After: sentences of the domain and of `blocks`.
"""

from __future__ import annotations


def in_percent(fraction: float) -> str:
    """A fraction as people say it: `0 %`, `0.4 %`, `5.2 %`, `38 %`; never 0 for what is not 0."""
    value = fraction * 100
    if 0 < value < 0.1:
        return "under 0.1 %"
    return f"{value:.0f} %" if value >= 10 or value == round(value) else f"{value:.1f} %"


def in_seconds(value: float) -> str:
    """A response time: `620 ms`, `1.24 s`."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"
