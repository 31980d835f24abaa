"""The test's hand on the processes of tests.chaos.dying_worker."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.cast import Cast

DEADLINE = 60.0


class Worker:
    """One process. `ended` is its exit status (negative: the signal) once it is dead."""

    def __init__(self, process: Cast, log: Path) -> None:
        self.log = log
        self.pid = process.pid
        self._process = process

    @property
    def ended(self) -> int | None:
        """How it ended; None while it lives."""
        return self._process.poll()

    def send(self, number: signal.Signals) -> None:
        """Signal it, if it lives."""
        self._process.send_signal(number)

    @property
    def stopped(self) -> bool:
        """Whether it stands still (SIGSTOP)."""
        command = ["/bin/ps", "-o", "stat=", "-p", str(self.pid)]
        shown = subprocess.run(command, capture_output=True, text=True, check=False)
        return shown.stdout.strip().startswith("T")

    async def end(self) -> int:
        """Wait until it is dead; how it ended."""
        async with asyncio.timeout(DEADLINE):
            while (ended := self.ended) is None:  # noqa: ASYNC110 (no event tells of it)
                await asyncio.sleep(0.02)
        return ended

    async def up(self) -> None:
        """Wait until it is at work."""
        async with asyncio.timeout(DEADLINE):
            while " is up" not in await asyncio.to_thread(self.said):  # noqa: ASYNC110 (its log)
                await asyncio.sleep(0.1)

    def bury(self) -> None:
        """Wait for its end, which has been brought about."""
        self._process.wait(DEADLINE)

    async def stop(self) -> int:
        """SIGTERM, as a platform does, and its exit status."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        return await self.end()

    def said(self) -> str:
        """Its log."""
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""


class Nursery:
    """Starts them, `as_shipped` with production's own waits. Closing it kills those that live."""

    def __init__(
        self, logs: Path, environment: Mapping[str, str], *, as_shipped: bool = False
    ) -> None:
        self._logs = logs
        self._numbers = itertools.count(1)
        self._environment = environment
        self._as_shipped = as_shipped
        self._workers: list[Worker] = []

    async def start(self, dsn: str, environment: Mapping[str, str] = {}, **order: Any) -> Worker:
        """An ordinary `python -m bot worker` on this database, unless the order says more.
        `environment` instead of the nursery's.
        """
        log = self._logs / f"worker-{next(self._numbers)}.log"
        own = environment or {**self._environment, "DATABASE_URL": dsn, "FILMOPS_LOG": "text"}
        # Else each makes itself a folder for matplotlib's fonts, which the killed leave behind.
        own = {**own, "MPLCONFIGDIR": str(self._logs / "matplotlib")}
        order["as_shipped"] = self._as_shipped
        command = ["tests.chaos.dying_worker", json.dumps(order)]
        with log.open("ab") as sink:
            process = await asyncio.to_thread(Cast, "bot", command, own, sink)
        worker = Worker(process, log)
        self._workers.append(worker)
        return worker

    def close(self) -> None:
        """Kill whoever still lives."""
        for worker in self._workers:
            worker.send(signal.SIGKILL)
            worker.bury()
