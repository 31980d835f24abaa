"""The world starts, says where it is, takes nothing of the person's along and leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.topology import Colour, load
from sandbox.environment import RealCredential, left_outside
from sandbox.processes import Crew, ProcessFailed, group_alive, wait_until
from sandbox.rewrite import write_derived
from sandbox.world import CHECKOUT, World, private_directory

pytestmark = pytest.mark.contract

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
DEAF = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def test_a_world_leaves_neither_process_nor_directory() -> None:
    with World(parts=("pagerduty",)) as world:
        pid = world.children["pagerduty"].pid
        assert group_alive(pid)
        assert world.directory.is_dir()
    assert not group_alive(pid)
    assert not world.directory.exists()


def test_the_bot_gets_addresses_and_none_of_the_persons_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = "AKIA" + "A" * 16
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", real)
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    with World(parts=("pagerduty",)) as world:
        environment = world.environment
    assert environment["AWS_ACCESS_KEY_ID"] == "sandbox"
    assert environment["PAGERDUTY_ROUTING_KEY_L3"] == "R-L3"
    assert environment["SSL_CERT_FILE"].endswith("ca.pem")
    assert not {"AWS_PROFILE", "HTTPS_PROXY"} & set(environment)
    assert left_outside(os.environ) == ["AWS_ACCESS_KEY_ID"]


def test_a_real_credential_stops_the_world_without_a_trace() -> None:
    world = World(parts=("pagerduty",), bot_environment={"SLACK_BOT_TOKEN": "xoxb-123456-abc"})
    with pytest.raises(RealCredential, match="SLACK_BOT_TOKEN"):
        world.open()
    assert not world.directory.exists()


def test_a_part_that_dies_at_the_start_is_told_with_its_last_words() -> None:
    world = World(parts=("pagerduty",), pagerduty_args=["--nonsense"])
    with pytest.raises(ProcessFailed, match="unrecognized arguments: --nonsense"):
        world.open()
    assert not world.directory.exists()


def test_the_derived_topology_differs_in_addresses_lag_and_topic_only(tmp_path: Path) -> None:
    source, target = CHECKOUT / "filmops.toml", tmp_path / "derived.toml"
    write_derived(source, target, "http://127.0.0.1:9")
    before = source.read_text(encoding="utf-8").splitlines()
    after = target.read_text(encoding="utf-8").splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert [line.partition("=")[0].strip() for line in changed] == [
        *["url"] * 6,
        "lag_seconds",
        "sns_topics",
    ]
    backend = load(target).services["backend"]
    assert backend.url == "http://127.0.0.1:9/_product/backend"
    assert backend.colours[Colour.BLUE].url == "http://127.0.0.1:9/_product/backend@blue"
    assert load(target).metrics.lag_seconds == 0


def test_an_address_that_cannot_be_replaced_is_not_overlooked(tmp_path: Path) -> None:
    text = (CHECKOUT / "filmops.toml").read_text(encoding="utf-8")
    source = tmp_path / "odd.toml"
    source.write_text(text.replace("\nurl =", '\n"url" ='), encoding="utf-8")
    with pytest.raises(ValueError, match=r"services\.backend\.url"):
        write_derived(source, tmp_path / "derived.toml", "http://127.0.0.1:9")


def test_a_child_that_ignores_the_signal_is_killed_after_its_grace() -> None:
    crew = Crew(private_directory(), remove=True)
    child = crew.start("deaf", [sys.executable, "-c", DEAF], dict(os.environ))
    assert crew.stop(child, grace=0.3) in (-signal.SIGKILL, -signal.SIGTERM)
    crew.close()


def test_grandchildren_go_with_their_child() -> None:
    crew = Crew(private_directory(), remove=True)
    fork = f"import subprocess,time; subprocess.Popen({SLEEP!r}); time.sleep(600)"
    child = crew.start("parent", [sys.executable, "-c", fork], dict(os.environ))
    assert crew.stop_all() == []
    assert not group_alive(child.pid)
    crew.close()


KILLED = """
import os, sys, time
from sandbox.processes import Crew
from sandbox.world import private_directory
directory = private_directory()
crew = Crew(directory, remove=True)
command = [sys.executable, "-c", "import time; time.sleep(600)"]
child = crew.start("sleeper", command, dict(os.environ))
print(child.pid, directory, flush=True)
time.sleep(600)
"""


@pytest.mark.chaos
def test_when_the_supervisor_is_killed_nothing_is_left() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True, cwd=CHECKOUT
    ) as supervisor:
        assert supervisor.stdout is not None
        pid, _, directory = supervisor.stdout.readline().strip().partition(" ")
        assert group_alive(int(pid))
        supervisor.kill()
    assert wait_until(lambda: not group_alive(int(pid)), 10)
    assert wait_until(lambda: not Path(directory).exists(), 10)


def test_waiting_ends_when_the_time_is_up() -> None:
    started = time.monotonic()
    assert not wait_until(lambda: False, 0.05)
    assert time.monotonic() - started >= 0.05
