"""A start that cannot work is refused with status 2 and one line for each mistake."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot import __main__ as program
from bot.__main__ import MISTAKE, main
from bot.errors import ConfigurationError, Temporary
from bot.settings import names
from tests.stage import SHIPPED

pytestmark = pytest.mark.unit

KEYS = {f"PAGERDUTY_ROUTING_KEY_L{level}": f"key-{level}" for level in (1, 2, 3)}
SLACK = {"SLACK_BOT_TOKEN": "xoxb-1-hush", "SLACK_APP_TOKEN": "xapp-1-hush"}
NOWHERE = "postgresql://nobody@127.0.0.1:1/none?connect_timeout=1"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Nothing set but the shipped topology and a database that is not there."""
    for name in (*names(), "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FILMOPS_CONFIG", str(SHIPPED))
    monkeypatch.setenv("FILMOPS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", NOWHERE)
    # A test's log is the test's own.
    monkeypatch.setattr(program, "configure", lambda **_: None)
    return monkeypatch


def given(monkeypatch: pytest.MonkeyPatch, *settings: dict[str, str]) -> None:
    for some in settings:
        for name, value in some.items():
            monkeypatch.setenv(name, value)


def refused(capsys: pytest.CaptureFixture[str], *command: str) -> list[str]:
    assert main(command) == MISTAKE
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize("command", ["run", "web", "worker", "scheduler"])
def test_nothing_starts_without_what_it_needs(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = refused(capsys, command)
    assert lines[0] == f"SLACK_BOT_TOKEN is not set: filmops {command} speaks in Slack"
    assert len(lines) == (2 if command in {"run", "web"} else 1)


def test_a_ladder_nobody_can_be_paged_on_stops_the_start(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(environment, SLACK)
    lines = refused(capsys, "run")
    assert [line.partition(" ")[0] for line in lines] == list(KEYS)


def test_every_mistake_in_the_settings_is_a_line_without_its_value(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {"SLACK_BOT_TOKEN": "hush-1", "SLACK_APP_TOKEN": "hush-2", "SLACK_API_URL": "hush-3"}
    given(environment, wrong)
    lines = refused(capsys, "check")
    assert len(lines) == 3
    assert "hush" not in "".join(lines)


def test_a_topology_that_cannot_work_stops_the_start(
    environment: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "filmops.toml"
    path.write_text(SHIPPED.read_text().replace('cluster = "prod"', 'cluster = "moon"', 1))
    environment.setenv("FILMOPS_CONFIG", str(path))
    (line,) = refused(capsys, "migrate")
    assert "services.backend.cluster names 'moon'" in line


@pytest.mark.parametrize("command", [["migrate"], ["audit", "verify"], ["audit", "export"]])
def test_a_database_that_is_away_is_one_line_and_no_traceback(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"filmops {command[0]}: ")


def test_a_process_without_its_database_is_one_line(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(environment, SLACK, KEYS)
    for command in ("run", "web", "worker", "scheduler"):
        assert main([command]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"filmops {command}: ")


@pytest.mark.parametrize("port", ["eighty", "80.5"])
def test_a_port_that_is_no_number_is_a_mistake_of_its_own_command_only(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], port: str
) -> None:
    environment.setenv("PORT", port)
    with pytest.raises(SystemExit) as ended:
        main(["web"])
    assert ended.value.code == MISTAKE
    assert f"invalid int value: '{port}'" in capsys.readouterr().err
    assert main(["manifest"]) == 0


@pytest.mark.parametrize(
    "command", [[], ["explode"], ["web", "--prot", "1"], ["worker", "now"], ["audit"]]
)
def test_a_mistyped_command_says_how_to_type_it(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(command)
    assert ended.value.code == MISTAKE
    assert "usage: filmops" in capsys.readouterr().err


def test_the_manifest_is_printed_in_both_variants(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest"]) == 0
    assert "socket_mode_enabled: true" in capsys.readouterr().out
    assert main(["manifest", "--http", "https://ops.example.com"]) == 0
    assert "https://ops.example.com/slack/events" in capsys.readouterr().out


def test_a_manifest_for_an_address_slack_does_not_take_is_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (line,) = refused(capsys, "manifest", "--http", "http://ops.example.com")
    assert "https addresses only" in line


def test_the_sandbox_gets_its_own_options(environment: pytest.MonkeyPatch) -> None:
    became: list[list[str]] = []

    def execv(path: str, words: list[str]) -> None:
        became.append(words[1:])
        raise Temporary("this test is not replaced")

    environment.setattr(os, "execv", execv)
    assert main(["sandbox", "--seed", "7"]) == 1
    assert became == [["-m", "sandbox", "--seed", "7"]]


def test_without_its_extra_the_sandbox_says_what_to_install(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setattr("importlib.util.find_spec", lambda name: None)
    (line,) = refused(capsys, "sandbox")
    assert "filmops[sandbox]" in line


def test_a_start_refused_inside_of_task_groups_comes_out_as_itself() -> None:
    async def process() -> None:
        first, second = ConfigurationError(["one"]), ConfigurationError(["two", "three"])
        raise BaseExceptionGroup("outer", [first, BaseExceptionGroup("inner", [second])])

    with pytest.raises(ConfigurationError) as raised:
        program._unwrapped(process)
    assert raised.value.mistakes == ("one", "two", "three")


def test_a_command_does_not_wait_for_libraries_it_has_no_use_for() -> None:
    code = (
        "import sys; import bot.__main__, bot.console, bot.database; "
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    asked = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    heavy = {"aiohttp", "apscheduler", "boto3", "botocore", "matplotlib", "slack_bolt", "starlette"}
    assert not heavy & set(asked.stdout.split())
