"""The session's moulds, and processes that come out of them in place of `python -m`.

The session's first process opens the moulds; whoever starts a part of the sandbox or a worker of
the bot takes `popen`, which is `subprocess.Popen` for all that no mould has.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sandbox.world import CHECKOUT

VARIABLE = "FILMOPS_TEST_MOULDS"
"""Where the moulds of this session listen; test processes inherit it."""

MOULDS = {
    "sandbox": ("sandbox.aws", "sandbox.pagerduty", "sandbox.slack", "sandbox.github"),
    "bot": ("tests.chaos.dying_worker",),
}
"""What each has ready."""


@contextmanager
def moulds() -> Iterator[None]:
    """The session's, for as long as this is open; it may be opened within itself."""
    if VARIABLE in os.environ:
        yield
        return
    folder = Path(tempfile.mkdtemp(prefix="fo-", dir="/tmp"))  # Short: it holds sockets.
    environment = {**os.environ, "MPLCONFIGDIR": str(folder)}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.mould", name, str(folder / name)],
            stdin=subprocess.PIPE,
            cwd=CHECKOUT,
            env=environment,
            start_new_session=True,
        )
        for name in MOULDS
    ]
    os.environ[VARIABLE] = str(folder)
    try:
        yield
    finally:
        del os.environ[VARIABLE]
        for process in running:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(timeout=20)
        shutil.rmtree(folder)


def popen(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    stdout: IO[bytes] | int | None = None,
    **more: Any,
) -> subprocess.Popen[bytes] | Cast:
    """As `subprocess.Popen`. What a mould has runs in the checkout, in a group of its own, without
    an input, its errors with its output; which is lost unless it is a file.
    """
    for mould, modules in MOULDS.items():
        if command[1] == "-m" and command[2] in modules and stdout != subprocess.PIPE:
            return Cast(mould, command[2:], env, stdout)
    return subprocess.Popen(command, env=env, stdout=stdout, **more)


class Cast:
    """One process of a mould, as much of a Popen as one without pipes is used for."""

    stdin = stdout = None

    def __init__(
        self,
        mould: str,
        args: Sequence[str],
        env: Mapping[str, str],
        stdout: IO[bytes] | int | None,
    ) -> None:
        self.args = list(args)
        self.returncode: int | None = None
        order = {"module": args[0], "arguments": args[1:], "environment": dict(env)}
        self._mould = socket.socket(socket.AF_UNIX)
        self._mould.connect(str(Path(os.environ[VARIABLE], mould)))
        with Path(os.devnull).open("r+b", buffering=0) as nothing:
            output = nothing if stdout is None or isinstance(stdout, int) else stdout
            files = [nothing.fileno(), output.fileno(), output.fileno()]
            socket.send_fds(self._mould, [json.dumps(order).encode()], files)
        self._said = self._mould.makefile("rb")
        self.pid = int(self._said.readline())

    def poll(self) -> int | None:
        """Its exit status, negative for a signal; None while it lives."""
        if self.returncode is None and select.select([self._mould], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._mould], [], [], timeout)[0]:
                assert timeout is not None
                raise subprocess.TimeoutExpired(self.args, timeout)
            self.returncode = int(self._said.readline())
            self._said.close()
            self._mould.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Signal it, if it lives."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)
