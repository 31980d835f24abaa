"""Every AWS call the plant received, for "exactly once" and "never" in tests.

`gate` writes, `control` reads. Bounded: the oldest calls fall out.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

READS = ("Describe", "Get", "List", "Filter", "Head", "Simulate", "Lookup", "Batch")
KEPT = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One received call. Reads keep no parameters: only changes are asked about."""

    time: float
    service: str
    action: str
    parameters: dict[str, Any] = field(default_factory=dict)
    outcome: str = "done"


class Calls:
    """The newest calls, oldest first."""

    def __init__(self) -> None:
        self._kept: deque[Call] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def record(self, service: str, action: str, parameters: dict[str, Any], outcome: str) -> None:
        """Write one call down. `outcome`: done, an error's code, dropped or refused."""
        kept = {} if action.startswith(READS) else parameters
        call = Call(
            time=time.time(), service=service, action=action, parameters=kept, outcome=outcome
        )
        with self._lock:
            self._kept.append(call)

    def listing(self, action: str | None, service: str | None) -> list[dict[str, Any]]:
        """The calls as JSON values, of one action and service when given."""
        with self._lock:
            return [
                asdict(call)
                for call in self._kept
                if action in (None, call.action) and service in (None, call.service)
            ]

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()
