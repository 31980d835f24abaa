"""The process that cleans up when the supervisor could not (`kill -9`, closed terminal).

Started by `sandbox.processes.Crew` with a pipe as its input: `+pid` and `-pid` say which
process groups are the supervisor's. At the pipe's end it kills those still named, stops the
embedded database and removes the private directory. It imports nothing heavy and ignores the
signals a terminal sends.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path


def stop_databases(directory: Path, seconds: float = 5.0) -> list[int]:
    """Stop every PostgreSQL whose data lie below `directory`; return the pids that remain.

    A bot process that was killed keeps the embedded server up (its pid stays in the server's
    list), and the server has left its starter's group.
    """
    left: list[int] = []
    for file in directory.rglob("postmaster.pid"):
        with contextlib.suppress(OSError, ValueError):
            pid = int(file.read_text(encoding="utf-8").split()[0])
            if _serves(pid, file.parent) and not _end(pid, file.parent, seconds):
                left.append(pid)
    return left


def _serves(pid: int, data: Path) -> bool:
    """Whether that pid is a PostgreSQL of this directory, and not one that got its number."""
    shown = subprocess.run(
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return "postgres" in shown.stdout and str(data) in shown.stdout


def _end(pid: int, data: Path, seconds: float) -> bool:
    for name in (signal.SIGINT, signal.SIGQUIT):  # fast, then immediate shutdown
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, name)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not _serves(pid, data):
                return True
            time.sleep(0.05)
    return False


def main() -> None:
    """Read until the supervisor is gone, then end what it left."""
    directory, then = Path(sys.argv[1]), sys.argv[2]
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        number = int(line[1:])
        if line.startswith("+"):
            groups.add(number)
        else:
            groups.discard(number)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    stop_databases(directory)
    if then == "remove":
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
