"""One harmless look of the check, as a value. Before it come `looks`; after it `checks`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One thing to look at, the IAM actions that takes, and how; `run` returns what it saw."""

    subject: str
    actions: tuple[str, ...]
    run: Callable[[], Awaitable[str]]
    path: str
