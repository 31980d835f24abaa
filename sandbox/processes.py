"""Child processes that never outlive their parent.

`sandbox.world` and `sandbox.__main__` start every process through a `Crew`. Each child leads
a process group of its own, so Ctrl-C reaches the supervisor alone and it stops them in order;
what a child leaves behind in its group dies with it. Should the supervisor itself be killed,
`sandbox.warden` sees the pipe close and ends the rest (a death signal would be Linux only).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

POLL = 0.02
GRACE = 5.0


class ProcessFailed(RuntimeError):
    """A child died or never became ready; the message ends with the last lines of its log."""


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Poll until the condition holds; False when it still does not after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL)
    return True


class Child:
    """One process with its log. `announcement` is what it wrote when it was ready."""

    def __init__(
        self, name: str, process: subprocess.Popen[bytes], log: Path, announce: Path | None
    ) -> None:
        self.name = name
        self.process = process
        self.log = log
        self.announcement: dict[str, Any] = {}
        self._announce = announce

    @property
    def pid(self) -> int:
        """The process id, which is its group's id too."""
        return self.process.pid

    @property
    def output(self) -> IO[bytes] | None:
        """Its output, when it was started with `piped`; otherwise that goes to the log."""
        return self.process.stdout

    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def wait_ready(self, seconds: float = 30.0) -> dict[str, Any]:
        """Wait for its announcement. Raises ProcessFailed when it dies or takes longer."""
        announce = self._announce
        if announce is None:
            raise ProcessFailed(f"{self.name} announces nothing")
        if not wait_until(lambda: announce.exists() or not self.alive(), seconds):
            raise ProcessFailed(f"{self.name} not ready after {seconds:g} s\n{self.tail()}")
        if not announce.exists():
            raise ProcessFailed(f"{self.name} ended with {self.process.returncode}\n{self.tail()}")
        self.announcement = json.loads(announce.read_text(encoding="utf-8"))
        return self.announcement

    def tail(self, lines: int = 15) -> str:
        """The last lines of its log."""
        with contextlib.suppress(OSError):
            text = self.log.read_text(encoding="utf-8", errors="replace")
            return "\n".join(text.splitlines()[-lines:])
        return ""

    def ask_to_stop(self) -> None:
        """SIGTERM; a stopped process is woken to hear it."""
        for name in (signal.SIGTERM, signal.SIGCONT):
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(name)

    def wait_stopped(self, grace: float = GRACE) -> int:
        """Wait, then kill it and whatever is left in its group; return its exit status."""
        try:
            self.process.wait(timeout=grace)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        kill_group(self.pid)
        if self.process.stdin is not None:
            self.process.stdin.close()
        return self.process.returncode


class Crew:
    """The children of one supervisor, under a warden. Use as a context manager."""

    # What children are started by: the tests put in what need not import a part anew.
    popen: Callable[..., subprocess.Popen[bytes]] = subprocess.Popen

    def __init__(self, directory: Path, *, remove: bool) -> None:
        self.directory = directory
        self.children: list[Child] = []
        self._warden = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "sandbox.warden",
                str(directory),
                "remove" if remove else "keep",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd=Path(__file__).parent.parent,
        )
        (directory / "logs").mkdir(parents=True, exist_ok=True)

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        announce: bool = False,
        piped: bool = False,
    ) -> Child:
        """Start a command in the checkout; with `announce`, `--announce FILE` is added to it."""
        log = self.directory / "logs" / f"{name}.log"
        file = self.directory / f"{name}.json" if announce else None
        if file is not None:
            file.unlink(missing_ok=True)
        with log.open("ab") as sink:
            process = self.popen(
                [*command, *(["--announce", str(file)] if file else [])],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if piped else sink,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,
                cwd=Path(__file__).parent.parent,
            )
        self._tell(f"+{process.pid}")
        child = Child(name, process, log, file)
        self.children.append(child)
        return child

    def stop(self, child: Child, grace: float = GRACE) -> int:
        """End one child now and forget it."""
        child.ask_to_stop()
        status = child.wait_stopped(grace)
        if child in self.children:
            self.children.remove(child)
        self._tell(f"-{child.pid}")
        return status

    def stop_all(self, grace: float = GRACE) -> list[str]:
        """End all, the last started first; return the names of what could not be ended."""
        left: list[str] = []
        for child in reversed(self.children[:]):
            self.stop(child, grace)
            if not wait_until(lambda pid=child.pid: not group_alive(pid), 1.0):  # type: ignore[misc]
                left.append(child.name)
        return left

    def close(self) -> None:
        """Let the warden go; it has nothing left to do unless a child was left."""
        if self._warden.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._warden.stdin.close()
        self._warden.wait()

    def _tell(self, line: str) -> None:
        if self._warden.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._warden.stdin.write(f"{line}\n".encode())
                self._warden.stdin.flush()


def group_alive(pid: int) -> bool:
    """Whether a process of that group runs. The dead that nobody has reaped do not count."""
    try:
        os.killpg(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    shown = subprocess.run(
        ["/bin/ps", "-axo", "pgid=,stat="], capture_output=True, text=True, check=False
    )
    rows = (line.split() for line in shown.stdout.splitlines())
    return any(row[0] == str(pid) and not row[1].startswith("Z") for row in rows if len(row) == 2)


def kill_group(pid: int) -> None:
    """SIGKILL to whatever is left in the group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
