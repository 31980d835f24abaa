"""The test's hand on the processes of tests.chaos.dying_worker."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.world import CHECKOUT

DEADLINE = 60.0


class Worker:
    """One process: its pid when it is born, its exit status (negative: the signal) when dead."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.pid = 0
        self.ended: int | None = None

    def send(self, number: signal.Signals) -> None:
        """Signal it, if it lives."""
        if self.ended is None:
            os.kill(self.pid, number)

    @property
    def stopped(self) -> bool:
        """Whether it stands still (SIGSTOP)."""
        command = ["/bin/ps", "-o", "stat=", "-p", str(self.pid)]
        shown = subprocess.run(command, capture_output=True, text=True, check=False)
        return shown.stdout.strip().startswith("T")

    async def end(self) -> int:
        """Wait until it is dead; how it ended."""
        async with asyncio.timeout(DEADLINE):
            while self.ended is None:  # noqa: ASYNC110 (a thread hears of it)
                await asyncio.sleep(0.02)
        return self.ended

    async def up(self) -> None:
        """Wait until it is at work."""
        async with asyncio.timeout(DEADLINE):
            while " is up" not in await asyncio.to_thread(self.said):  # noqa: ASYNC110 (its log)
                await asyncio.sleep(0.1)

    async def stop(self) -> int:
        """SIGTERM, as a platform does, and its exit status."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        return await self.end()

    def said(self) -> str:
        """Its log."""
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""


class Nursery:
    """Starts them. Closing it ends them all."""

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        self._logs = logs
        self._numbers = itertools.count(1)
        self._workers: dict[int, Worker] = {}
        # matplotlib's list of fonts is made once for all of them.
        self._environment = {**environment, "MPLCONFIGDIR": str(logs / "matplotlib")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.dying_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=CHECKOUT,
            env=self._environment,
        )
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    async def start(self, dsn: str, **order: Any) -> Worker:
        """An ordinary `python -m bot worker` on this database, unless the order says more."""
        number = next(self._numbers)
        worker = Worker(self._logs / f"worker-{number}.log")
        self._workers[number] = worker
        environment = {**self._environment, "DATABASE_URL": dsn, "FILMOPS_LOG": "text"}
        line = {"number": number, "environment": environment, "log": str(worker.log), **order}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line).encode() + b"\n")
        self._process.stdin.flush()
        async with asyncio.timeout(DEADLINE):
            while not worker.pid:  # noqa: ASYNC110 (a thread hears of it)
                await asyncio.sleep(0.01)
        return worker

    def close(self) -> None:
        """Kill whoever still lives."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        assert self._process.wait(timeout=20) == 0
        self._thread.join()
        self._process.stdout.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            word = json.loads(line)
            worker = self._workers[word["number"]]
            if "born" in word:
                worker.pid = word["born"]
            else:
                worker.ended = word["ended"]
