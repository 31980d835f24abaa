"""`filmops sandbox`: starts, says where, starts the dead again, stops cleanly."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.processes import wait_until
from sandbox.world import CHECKOUT

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

BOT = "import os,time; print('pid', os.getpid(), flush=True); time.sleep(600)"
DIES = "import sys; print('ERROR no luck', flush=True); sys.exit(3)"


class Running:
    """A supervisor and what it has said so far."""

    def __init__(self, process: subprocess.Popen[bytes], said: Path) -> None:
        self.process = process
        self._said = said

    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    def waits_for(self, pattern: str) -> str:
        """Wait until it has said something like that, and return what."""
        assert wait_until(lambda: re.search(pattern, self.said()) is not None, 40), self.said()
        found = re.search(pattern, self.said())
        assert found is not None
        return found.group(found.lastindex or 0)


@contextmanager
def supervisor(
    tmp_path: Path, *more: str, parts: str = "pagerduty", **bots: str
) -> Iterator[Running]:
    said = tmp_path / "said.txt"
    commands = [f'--bot={name}={sys.executable} -c "{code}"' for name, code in bots.items()]
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "AKIA" + "B" * 16}
    with said.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "--parts", parts, *commands, *more],
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=CHECKOUT,
        )
    try:
        yield Running(process, said)
    finally:
        process.terminate()
        process.wait(timeout=30)


def gone(pid: int) -> bool:
    shown = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return not shown.stdout.strip() or shown.stdout.strip().startswith("Z")


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_says_where_to_look_and_stops_cleanly(name: signal.Signals, tmp_path: Path) -> None:
    with supervisor(tmp_path, web=BOT) as running:
        logs = Path(running.waits_for(r"Logs +(/\S+?)/?\n"))
        running.waits_for("Ctrl-C")
        assert "/filmops rollback backend" in running.said()
        assert "Ana (engineer)" in running.said()
        assert "real credentials: AWS_ACCESS_KEY_ID" in running.said()
        log = logs / "bot.log"
        assert wait_until(lambda: "pid" in log.read_text(encoding="utf-8"), 10)
        pid = int(re.findall(r"web +\| pid (\d+)", log.read_text(encoding="utf-8"))[0])
        running.process.send_signal(name)
        assert running.process.wait(timeout=30) == 0
        assert "no process is left" in running.said()
        assert gone(pid)
        assert not logs.exists()


def test_the_whole_world_stands_and_names_its_pages(tmp_path: Path) -> None:
    with supervisor(tmp_path, parts="pagerduty,aws,slack", web=BOT) as running:
        running.waits_for("Ctrl-C")
        assert re.search(r"Slack +http://127\.0\.0\.1:\d+/", running.said())
        assert re.search(r"PagerDuty +http://127\.0\.0\.1:\d+/", running.said())
        running.process.terminate()
        assert running.process.wait(timeout=30) == 0


def test_a_bot_process_that_dies_is_started_again_aloud(tmp_path: Path) -> None:
    with supervisor(tmp_path, worker=DIES) as running:
        running.waits_for("worker: ERROR no luck")
        running.waits_for(r"worker ended with status 3; starting it again in 0\.5 s")
        running.waits_for(r"worker ended with status 3; starting it again in 1 s")


def test_a_killed_bot_process_comes_back(tmp_path: Path) -> None:
    with supervisor(tmp_path, web=BOT) as running:
        log = Path(running.waits_for(r"Logs +(/\S+?)/?\n")) / "bot.log"

        def pids() -> list[int]:
            return [int(pid) for pid in re.findall(r"pid (\d+)", log.read_text(encoding="utf-8"))]

        assert wait_until(lambda: len(pids()) == 1, 10)
        os.kill(pids()[0], signal.SIGKILL)
        assert wait_until(lambda: len(pids()) == 2, 10)
        running.waits_for("web was ended by signal 9")


def test_a_killed_supervisor_leaves_nothing(tmp_path: Path) -> None:
    with supervisor(tmp_path, web=BOT) as running:
        logs = Path(running.waits_for(r"Logs +(/\S+?)/?\n"))
        log = logs / "bot.log"
        assert wait_until(lambda: "pid" in log.read_text(encoding="utf-8"), 10)
        pid = int(re.findall(r"pid (\d+)", log.read_text(encoding="utf-8"))[0])
        running.process.kill()
        running.process.wait()
        assert wait_until(lambda: gone(pid), 10)
        assert wait_until(lambda: not logs.parent.exists(), 10)


def test_what_it_kept_is_named(tmp_path: Path) -> None:
    with supervisor(tmp_path, "--keep", web=BOT) as running:
        running.waits_for("Ctrl-C")
        running.process.terminate()
        assert running.process.wait(timeout=30) == 0
        kept = Path(running.waits_for(r"Logs and data are in (\S+)\."))
        assert (kept / "logs" / "bot.log").exists()
        subprocess.run(["rm", "-r", str(kept)], check=True)
