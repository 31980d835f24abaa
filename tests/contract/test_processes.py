"""The processes on a real database and the sandbox's Slack: they start, stop, and refuse."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import psycopg
import pytest
import pytest_asyncio
from psycopg.conninfo import conninfo_to_dict

from bot import __main__ as program
from bot import checkup, console
from bot.__main__ import MISTAKE, main
from bot.app import Application, opened
from bot.database import database
from bot.domain.audit import Entry
from bot.domain.incident import Source
from bot.engine.opening import Report, report
from bot.errors import ConfigurationError
from bot.processes import Process, everything, scheduler, web, worker
from bot.settings import Settings, load_settings, names
from bot.topology import Severity, load
from tests.stage import SHIPPED
from tests.workspace import APP_TOKEN, BOT_TOKEN, Workspace

pytestmark = pytest.mark.contract

DEADLINE = 40.0
KEYS = {f"PAGERDUTY_ROUTING_KEY_L{level}": f"key-{level}" for level in (1, 2, 3)}


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def environment(dsn: str, api: str, **more: str) -> dict[str, str]:
    parts = conninfo_to_dict(dsn)
    where = urlencode({"host": parts["host"], "port": parts["port"]})
    return {
        "DATABASE_URL": f"postgresql://{parts['user']}@/{parts['dbname']}?{where}",
        "SLACK_API_URL": api,
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_SIGNING_SECRET": "signing-secret",
        "FILMOPS_CONFIG": str(SHIPPED),
        **KEYS,
        **more,
    }


@pytest.fixture
def settings(database_dsn: str, workspace: Workspace) -> Settings:
    return load_settings(environment(database_dsn, workspace.api))


@pytest_asyncio.fixture
async def app(settings: Settings, database_dsn: str) -> AsyncIterator[Application]:
    async with opened(settings, load(SHIPPED), database_dsn, "test") as application:
        yield application


async def asked(port: int, path: str = "/livez") -> httpx.Response:
    """The answer, as soon as somebody listens."""
    async with asyncio.timeout(DEADLINE), httpx.AsyncClient() as client:
        for _ in range(4_000):
            try:
                return await client.get(f"http://127.0.0.1:{port}{path}")
            except httpx.TransportError:
                await asyncio.sleep(0.01)
    raise AssertionError("nobody listens")


async def test_all_in_one_process_starts_and_stops(app: Application, port: int) -> None:
    stop = asyncio.Event()
    running = asyncio.ensure_future(everything("127.0.0.1", port)(app, stop))
    async with asyncio.timeout(DEADLINE):
        while (health := await asked(port, "/healthz")).status_code != 200:
            assert health.text == "no scheduler has finished a cycle yet: nobody would be paged"
            await asyncio.sleep(0.01)
    assert health.text == "ok"
    stop.set()
    async with asyncio.timeout(DEADLINE):
        await running


@pytest.mark.parametrize("process", [worker, scheduler])
async def test_a_part_alone_stops_when_it_is_told(app: Application, process: Process) -> None:
    stop = asyncio.Event()
    running = asyncio.ensure_future(process(app, stop))
    await asyncio.sleep(0.05)
    assert not running.done()
    stop.set()
    async with asyncio.timeout(DEADLINE):
        await running


async def test_without_a_scheduler_the_web_process_lives_and_says_that_nobody_would_be_paged(
    app: Application, port: int
) -> None:
    stop = asyncio.Event()
    running = asyncio.ensure_future(web("127.0.0.1", port)(app, stop))
    assert (await asked(port)).text == "ok"
    health = await asked(port, "/healthz")
    assert (health.status_code, "nobody would be paged" in health.text) == (503, True)
    stop.set()
    async with asyncio.timeout(DEADLINE):
        await running


async def test_health_tells_of_a_database_that_went_away(app: Application, port: int) -> None:
    stop = asyncio.Event()
    running = asyncio.ensure_future(web("127.0.0.1", port)(app, stop))
    assert (await asked(port)).status_code == 200
    await app.pool.close()
    answer = await asked(port)
    assert answer.status_code == 503
    assert "the database does not answer" in answer.text
    stop.set()
    async with asyncio.timeout(DEADLINE):
        await running


async def test_a_slack_that_is_away_is_waited_for(
    app: Application, workspace: Workspace, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    await workspace.fault("auth.test", "status", status=503, code="")
    stop = asyncio.Event()
    running = asyncio.ensure_future(web("127.0.0.1", port)(app, stop))
    assert (await asked(port)).status_code == 200
    assert "Slack does not say who we are" in caplog.text
    stop.set()
    async with asyncio.timeout(DEADLINE):
        await running


async def test_a_process_told_to_stop_while_it_waits_for_slack_stops(
    app: Application, workspace: Workspace, port: int
) -> None:
    stop = asyncio.Event()
    stop.set()
    async with asyncio.timeout(DEADLINE):
        await web("127.0.0.1", port)(app, stop)


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"SLACK_TEAM_ID": "T0OTHER"}, "SLACK_TEAM_ID is T0OTHER, and the token belongs to "),
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "SLACK_BOT_TOKEN: Slack: auth.test: invalid_auth"),
    ],
)
async def test_a_token_that_is_not_ours_refuses_the_start(
    database_dsn: str, workspace: Workspace, port: int, more: dict[str, str], line: str
) -> None:
    settings = load_settings(environment(database_dsn, workspace.api, **more))
    async with opened(settings, load(SHIPPED), database_dsn, "test") as app:
        with pytest.raises(ConfigurationError) as raised:
            await web("127.0.0.1", port)(app, asyncio.Event())
    assert raised.value.mistakes[0].startswith(line)


async def test_a_database_that_lacks_migrations_refuses_the_start(
    settings: Settings, database_dsn: str
) -> None:
    async with await psycopg.AsyncConnection.connect(database_dsn, autocommit=True) as connection:
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    with pytest.raises(ConfigurationError, match="run filmops migrate first"):
        async with opened(settings, load(SHIPPED), database_dsn, "test"):
            pass


# --- the command line --------------------------------------------------------------------------


@pytest.fixture
def typed(
    monkeypatch: pytest.MonkeyPatch, database_dsn: str, workspace: Workspace
) -> pytest.MonkeyPatch:
    """The environment of somebody who types commands."""
    for name in (*names(), "PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment(database_dsn, workspace.api).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(program, "configure", lambda **_: None)
    return monkeypatch


async def run(*command: str) -> int:
    """A command in a thread of its own, because it brings its own loop."""
    return await asyncio.to_thread(main, command)


async def test_migrating_twice_says_so(
    typed: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run("migrate") == 0
    assert capsys.readouterr().out == "up to date\n"


async def test_the_audit_log_is_verified_and_exported(
    typed: pytest.MonkeyPatch, app: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = Entry(actor="U0ANA", action="command", subject="C1", detail={"words": "žluťoučký"})
    await app.world.store.audit.append(entry, app.world.clock.now())
    assert await run("audit", "verify") == 0
    assert capsys.readouterr().out.startswith("The audit log holds: ")
    assert await run("audit", "export") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    line = next(line for line in lines if line["action"] == "command")
    assert (line["actor"], line["detail"]) == ("U0ANA", {"words": "žluťoučký"})


async def test_incidents_are_handled_on_the_command_line_without_slack(
    typed: pytest.MonkeyPatch, app: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL"):
        typed.delenv(name, raising=False)
    told = Report(
        title="logins fail",
        severity=Severity.P1,
        source=Source.CLOUDWATCH,
        fingerprint="alarm",
        by="CloudWatch",
        service="backend",
    )
    await report(app.world, told)

    async def said(*command: str) -> str:
        assert await run("incident", *command) == 0
        return capsys.readouterr().out

    assert "1 not resolved." in await said("list")
    assert await said("escalate", "I1", "--by", "ANA") == (
        "Level 1 is due now: the scheduler pages it.\n"
    )
    ack = await said("ack", "I1", "--by", "ben@aifilmstudio.com")
    assert ack == "I1 is acknowledged by Ben Larsen. The other levels' phones are stopped.\n"
    assert "I1  P1  acknowledged by Ben Larsen  since" in await said("list")
    assert await said("note", "1", "token=hunter2", "is", "out", "--by", "U0BEN")
    shown = await said("show", "i1")
    assert "climb 1 (opened), begun" in shown
    assert "level 2 due" in shown
    assert "[redacted] is out" in shown
    assert await said("resolve", "I1", "--by", "ben") == "I1 is resolved by Ben Larsen.\n"
    assert await run("incident", "ack", "I1", "--by", "ben") == 1
    assert "I1 was resolved by" in capsys.readouterr().err
    assert await run("incident", "ack", "I1", "--by", "zoe") == 1
    assert "the topology knows nobody as 'zoe'" in capsys.readouterr().err

    rows = [row.entry async for row in app.world.store.audit.rows()]
    typed_rows = [row for row in rows if row.action == "command"]
    assert [row.actor for row in typed_rows] == ["U0ANA", "U0BEN", "U0BEN", "U0BEN", "U0BEN"]
    assert {row.detail["via"] for row in typed_rows} == {"command line"}
    assert "hunter2" not in str(rows)


async def test_who_would_be_paged_is_printed_without_slack_and_database(
    typed: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "DATABASE_URL"):
        typed.delenv(name, raising=False)
    for name in ("PAGERDUTY_API_TOKEN", "PAGERDUTY_FROM"):
        typed.delenv(name, raising=False)
    at = ("--at", "2026-11-24T15:30Z")
    assert await run("simulate", *at, "--ack", "20m") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "P1 at 2026-11-24 15:30:00 UTC"
    assert lines[2] == "  2026-11-24 15:45:00 UTC  climb 1  level 2: Engineering lead"
    assert lines[3] == "  2026-11-24 15:50:00 UTC  somebody answers: nobody else is paged"
    assert lines[-1] == "Without PAGERDUTY_API_TOKEN it is not known who is on call."
    assert await run("simulate", "--severity", "p4") == 0
    assert "nobody is paged" in capsys.readouterr().out
    assert await run("simulate", "--at", "soon") == 1
    assert "write a time like 15:30" in capsys.readouterr().err
    typed.setenv("PAGERDUTY_API_TOKEN", "not-one")
    typed.setenv("PAGERDUTY_FROM", "ana@aifilmstudio.com")
    typed.setenv("PAGERDUTY_API_URL", "https://127.0.0.1:1")
    assert await run("simulate") == 0
    assert "Who is on call is not known: PagerDuty does not answer" in capsys.readouterr().out


async def test_check_names_every_thing_with_its_fix(
    typed: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    typed.setenv("PAGERDUTY_EVENTS_URL", "https://127.0.0.1:1")
    typed.delenv("PAGERDUTY_ROUTING_KEY_L3")
    assert await run("check") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ok    topology: ")
    assert any(line.startswith("FAIL  settings: PAGERDUTY_ROUTING_KEY_L3") for line in lines)
    assert "ok    database: answers and is migrated" in lines
    assert any(line.startswith("ok    #ops-alerts") for line in lines)
    assert " looked at, " in lines[-1]
    assert all("  →  " in line for line in lines[:-1] if line.startswith("FAIL"))


async def test_check_tells_of_a_database_that_lacks_or_does_not_answer(
    settings: Settings, database_dsn: str
) -> None:
    async with await psycopg.AsyncConnection.connect(database_dsn, autocommit=True) as connection:
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    lacking = await checkup._database(settings)
    assert (lacking.ok, lacking.fix) == (False, "filmops migrate")
    nowhere = "postgresql://nobody@127.0.0.1:1/none?connect_timeout=1"
    away = await checkup._database(load_settings({"DATABASE_URL": nowhere}))
    assert (away.ok, away.fix) == (False, "see DATABASE_URL")


def test_without_an_address_there_is_an_embedded_server() -> None:
    folder = Path(tempfile.mkdtemp(prefix="fo-", dir="/tmp"))  # Short: it holds the socket.
    folder.chmod(0o755)
    dsn, server = database(load_settings({"FILMOPS_DATA_DIR": str(folder / "pg")}))
    assert server is not None
    try:
        assert asyncio.run(console.migrated(dsn)) == 0
        assert asyncio.run(console.verified(dsn)) == 0
    finally:
        server.stop()
        shutil.rmtree(folder)


def test_a_signal_ends_a_process_with_status_0(
    typed: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def end() -> None:
        time.sleep(1.5)
        os.kill(os.getpid(), signal.SIGTERM)

    killer = threading.Thread(target=end)
    killer.start()
    assert main(["scheduler"]) == 0
    killer.join()
    typed.setenv("SLACK_TEAM_ID", "T0OTHER")
    assert main(["web", "--port", "0"]) == MISTAKE
    assert "SLACK_TEAM_ID is T0OTHER" in capsys.readouterr().err
