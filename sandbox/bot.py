"""The bot's own processes in the sandbox: the same commands as in production.

`sandbox.__main__` starts them once the world stands. Each process's lines go to `logs/bot.log`
with its name in front; warnings and errors are shown too. One that dies is started again with
growing pauses, as a platform would.
"""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sandbox.processes import POLL, Child, Crew

BACK_OFF = (0.5, 1.0, 2.0, 5.0, 10.0)
STEADY_SECONDS = 30.0
"""Who has run so long has recovered: the next pause is the first again."""

LOUD = re.compile(
    r"""\[?\b(WARNING|ERROR|CRITICAL|Traceback)\b|\[(warning|error|critical)"""
    r"""|"level":\s*"(warning|error|critical)\""""
)

Say = Callable[[str], None]


def production(port: int) -> dict[str, list[str]]:
    """Name and command of each process, as the Procfile has them; two workers on purpose."""
    bot = [sys.executable, "-m", "bot"]
    return {
        "web": [*bot, "web", "--host", "127.0.0.1", "--port", str(port)],
        "worker-1": [*bot, "worker"],
        "worker-2": [*bot, "worker"],
        "scheduler": [*bot, "scheduler"],
    }


MIGRATE = [sys.executable, "-m", "bot", "migrate"]


@dataclass(slots=True, kw_only=True)
class _Place:
    """One process that should always run."""

    command: list[str]
    child: Child | None = None
    started: float = 0.0
    deaths: int = 0
    again_at: float = 0.0


class BotProcesses:
    """The bot under supervision. `tick` is called a few times a second."""

    def __init__(
        self,
        crew: Crew,
        environment: Mapping[str, str],
        commands: Mapping[str, Sequence[str]],
        *,
        log: Path,
        say: Say,
    ) -> None:
        self._crew = crew
        self._environment = environment
        self._places = {name: _Place(command=list(line)) for name, line in commands.items()}
        self._log = log.open("a", encoding="utf-8", buffering=1)
        self._say = say

    def once(
        self, name: str, command: Sequence[str], *, given_up: Callable[[], bool] = lambda: False
    ) -> int:
        """Run a command to its end and return its exit status; its output goes to the log."""
        child = self._crew.start(name, command, self._environment, piped=True)
        reader = self._read(name, child)
        while child.alive() and not given_up():
            time.sleep(POLL)
        reader.join(timeout=2)
        return self._crew.stop(child)

    def start(self) -> None:
        """Start all of them."""
        for name in self._places:
            self._start(name)

    def tick(self) -> None:
        """Start again what has died, when its pause is over."""
        now = time.monotonic()
        for name, place in self._places.items():
            if place.child is None:
                if now >= place.again_at:
                    self._start(name)
            elif not place.child.alive():
                self._bury(name, place, now)

    def pids(self) -> dict[str, int]:
        """The processes that run now."""
        return {
            name: place.child.pid
            for name, place in self._places.items()
            if place.child is not None and place.child.alive()
        }

    def _start(self, name: str) -> None:
        place = self._places[name]
        place.started = time.monotonic()
        place.child = self._crew.start(name, place.command, self._environment, piped=True)
        self._read(name, place.child)

    def _bury(self, name: str, place: _Place, now: float) -> None:
        if place.child is None:
            return
        status = self._crew.stop(place.child)
        steady = now - place.started >= STEADY_SECONDS
        pause = BACK_OFF[0 if steady else min(place.deaths, len(BACK_OFF) - 1)]
        place.deaths = 1 if steady else place.deaths + 1
        place.child, place.again_at = None, now + pause
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        self._say(f"{name} {how}; starting it again in {pause:g} s")

    def _read(self, name: str, child: Child) -> threading.Thread:
        # A daemon: the embedded database may keep the pipe open when its starter is gone.
        reader = threading.Thread(target=self._copy, args=(name, child.output), daemon=True)
        reader.start()
        return reader

    def _copy(self, name: str, output: IO[bytes] | None) -> None:
        if output is None:
            return
        with output:
            for raw in output:
                line = raw.decode("utf-8", errors="replace").rstrip()
                self._log.write(f"{name:<10}| {line}\n")
                if LOUD.search(line[:400]):
                    self._say(f"{name}: {line[:300]}")
