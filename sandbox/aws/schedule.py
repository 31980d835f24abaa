"""What happens a little later: deployments finish, tasks stop, databases become available.

Mends book a change, the plant's thread carries out what is due, `reset` forgets the rest.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable


class Schedule:
    """Changes by the monotonic second they are due."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._lock = threading.Lock()

    def after(self, seconds: float, change: Callable[[], None]) -> None:
        """Book a change."""
        with self._lock:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._order), change))

    def run_due(self) -> None:
        """Carry out what is due, in the order of its time."""
        while (change := self._next()) is not None:
            change()

    def clear(self) -> None:
        """Forget all that is booked."""
        with self._lock:
            self._due.clear()

    def _next(self) -> Callable[[], None] | None:
        with self._lock:
            if self._due and self._due[0][0] <= time.monotonic():
                return heapq.heappop(self._due)[2]
        return None
