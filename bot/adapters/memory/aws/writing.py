"""One-off tasks and log lines of a memory production.

Before it come tests, which set and read it, and `production`; after it the twins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.adapters.memory.aws.running import LONG_AGO, Running
from bot.domain.release import Errand, ErrandState, LogLine
from bot.topology import Topology


class Writing(Running):
    """See `MemoryProduction`. Everything public may be set.

    `errands` and `written` (their lines) go by key, `log_lines` by group. What a one-off task comes
    to is set before it: `errand_ends`, an exit code, or None until `end_errand`; it writes
    `errand_lines` at once, or what `errand_says` has for its command, and is listed
    `errands_listed_after` its start.
    """

    def __init__(self, topology: Topology, now: Callable[[], datetime] | None = None) -> None:
        super().__init__(topology, now)
        self.errands: dict[str, Errand] = {}
        self.written: dict[str, list[LogLine]] = {}
        self.errand_ends: int | None = 0
        self.errand_lines: tuple[str, ...] = ()
        self.errands_listed_after = timedelta()
        self._errands_began: dict[str, datetime] = {}
        self.errand_says: dict[str, tuple[str, ...]] = {}
        self.log_lines: dict[str, list[LogLine]] = {
            service.log_group: [] for service in topology.services.values() if service.log_group
        }

    def start_errand(self, key: str, command: Sequence[str] = ()) -> None:
        """What RunTask comes to; the second one of a key is the first one still."""
        if key in self.errands:
            return
        arn = self.arn("ecs", f"task/prod-cluster/{hashlib.sha256(key.encode()).hexdigest()[:32]}")
        self.errands[key] = Errand(arn=arn, state=ErrandState.RUNNING)
        self._errands_began[key] = self.now()
        lines = self.errand_says.get(" ".join(command), self.errand_lines)
        self.written[key] = [
            LogLine(id=f"{key}-{number}", at=self.now() + timedelta(milliseconds=number), text=text)
            for number, text in enumerate(lines)
        ]
        if self.errand_ends is not None:
            self.end_errand(key, self.errand_ends)

    def listed_errand(self, key: str) -> Errand | None:
        """The task of that key, once ECS' list has it."""
        began = self._errands_began.get(key, LONG_AGO)
        return self.errands.get(key) if began + self.errands_listed_after <= self.now() else None

    def end_errand(self, key: str, exit_code: int | None, reason: str = "") -> None:
        """Let a one-off task be over; without an exit code its container never began."""
        self.errands[key] = replace(
            self.errands[key],
            state=ErrandState.STOPPED,
            exit_code=exit_code,
            reason=reason or "Essential container in task exited",
        )
