"""What the bot called, in order, with what came of it.

Before: `web_api` and `response_urls` write. After: tests read it at `/_control/calls`.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Any

MOST = 5000
_SECRET = frozenset({"token"})


class Ledger:
    """The last calls; older ones fall out."""

    def __init__(self) -> None:
        self._calls: deque[dict[str, Any]] = deque(maxlen=MOST)

    def write(self, method: str, args: dict[str, Any], outcome: str, status: int) -> None:
        """One call that is over. `outcome` is `ok`, Slack's error name or the fault's kind."""
        self._calls.append(
            {
                "at": time.time(),
                "method": method,
                "args": {name: value for name, value in args.items() if name not in _SECRET},
                "outcome": outcome,
                "status": status,
            }
        )

    def read(self, method: str | None) -> list[dict[str, Any]]:
        """Oldest first; of one method or of all."""
        return [call for call in self._calls if method in (None, call["method"])]

    def clear(self) -> None:
        """Forget all."""
        self._calls.clear()
