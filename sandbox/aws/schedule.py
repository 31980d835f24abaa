"""What happens a little later: deployments finish, tasks stop, databases become available.

Mends book a change, the plant's thread carries out what is due, `reset` forgets the rest. The
schedule's clock may run faster than the world's: `speed` 10 makes 2 s of a deployment 0.2 s.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable


class Schedule:
    """Changes by the second of the schedule's own clock when they are due."""

    def __init__(self, speed: float = 1.0) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._lock = threading.Lock()
        self._speed = speed
        self._since = (time.monotonic(), 0.0)

    @property
    def speed(self) -> float:
        """How many of its seconds pass in one of the world's."""
        return self._speed

    def run_at(self, speed: float) -> None:
        """Go on at another speed, also what is booked. Raises ValueError unless above 0."""
        if not speed > 0:
            raise ValueError("the speed is above 0")
        with self._lock:
            self._since = (time.monotonic(), self._now())
            self._speed = speed

    def after(self, seconds: float, change: Callable[[], None]) -> None:
        """Book a change."""
        with self._lock:
            heapq.heappush(self._due, (self._now() + seconds, next(self._order), change))

    def run_due(self) -> None:
        """Carry out what is due, in the order of its time."""
        while (change := self._next()) is not None:
            change()

    def wait(self, most: float) -> float:
        """How long, in the world's seconds, until something is due; `most` at most."""
        with self._lock:
            if not self._due:
                return most
            return min(most, max(0.0, (self._due[0][0] - self._now()) / self._speed))

    def clear(self) -> None:
        """Forget all that is booked."""
        with self._lock:
            self._due.clear()

    def _now(self) -> float:
        began, passed = self._since
        return passed + (time.monotonic() - began) * self._speed

    def _next(self) -> Callable[[], None] | None:
        with self._lock:
            if self._due and self._due[0][0] <= self._now():
                return heapq.heappop(self._due)[2]
        return None
