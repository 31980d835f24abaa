"""`python -m bot …` as processes: what is refused at the start, what is looked at, what is kept."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest

from bot.adapters.postgres.embedded import EmbeddedServer
from sandbox.world import CHECKOUT
from tests.scenario.outside import Outside
from tests.scenario.studio import Studio, bot_environment, topology_file

pytestmark = pytest.mark.scenario


async def filmops(environment: Mapping[str, str], *words: str) -> tuple[int, str, str]:
    """Run a command to its end: status, what it said, what it complained of."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", *words),
        cwd=CHECKOUT,
        env=dict(environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode(), complained.decode()


@pytest.fixture
def environment(around: Outside, database_dsn: str, tmp_path: Path) -> dict[str, str]:
    """What a process of the bot is started with here."""
    topology = topology_file(around.world.topology, tmp_path / "filmops.toml", {})
    return bot_environment(around, database_dsn, topology)


async def test_what_cannot_work_stops_the_start_with_a_line_each(
    environment: dict[str, str], tmp_path: Path
) -> None:
    wrong = {
        **environment,
        "SLACK_BOT_TOKEN": "hunter2-not-a-token",
        "DATABASE_URL": "mysql://somewhere",
        "SLACK_CLIENT_ID": "1.2",
        "FILMOPS_LOG": "loud",
    }
    missing = {k: v for k, v in environment.items() if not k.startswith(("SLACK_", "PAGERDUTY_R"))}
    mistaken = tmp_path / "mistaken.toml"
    topology_file(CHECKOUT / "filmops.toml", mistaken, {"give_up_seconds": 60, "cluster": '"no"'})
    (status, said, lines), (status2, _, lines2), (status3, _, lines3) = await asyncio.gather(
        filmops(wrong, "web"),
        filmops(missing, "web"),
        filmops({**environment, "FILMOPS_CONFIG": str(mistaken)}, "worker"),
    )
    assert (status, said) == (2, "")
    names = {line.partition(":")[0] for line in lines.splitlines()}
    assert names == {"SLACK_BOT_TOKEN", "DATABASE_URL", "SLACK_CLIENT_ID", "FILMOPS_LOG"}
    assert "hunter2" not in lines
    assert status2 == 2
    assert "SLACK_BOT_TOKEN is not set: filmops web speaks in Slack" in lines2
    assert "filmops web could not hear anybody" in lines2
    assert status3 == 2
    assert "rollback.give_up_seconds is 60" in lines3
    assert "services.backend.cluster names 'no', which the file does not define" in lines3
    assert "Traceback" not in lines + lines2 + lines3


async def test_check_looks_at_everything_and_names_the_fix(
    environment: dict[str, str], around: Outside, tmp_path: Path
) -> None:
    given = {**environment, "SLACK_APP_TOKEN": "xapp-sandbox"}
    status, said, _ = await filmops(given, "check")
    assert "FAIL" not in said, said
    assert status == 0
    assert "0 to mend." in said

    await around.aws.tell("deny", action="elasticloadbalancing:DescribeRules")
    other = topology_file(around.world.topology, tmp_path / "o.toml", {"channel": '"nowhere"'})
    status, said, _ = await filmops({**given, "FILMOPS_CONFIG": str(other)}, "check")
    assert status == 1
    failures = [line for line in said.splitlines() if line.startswith("FAIL")]
    assert any("nowhere" in line and "→" in line for line in failures), said
    assert any("DescribeRules" in line and "→" in line for line in failures), said
    assert await around.aws.changes() == []


async def test_migrate_audit_and_manifest(
    studio: Studio, environment: dict[str, str], postgres_server: EmbeddedServer
) -> None:
    await studio.command("U0ANA", "/filmops lock backend so there is a row")
    await studio.channel_says("so there is a row")
    with psycopg.connect(postgres_server.dsn, autocommit=True) as connection:
        connection.execute("CREATE DATABASE fresh")
    fresh = {**environment, "DATABASE_URL": _renamed(environment["DATABASE_URL"], "fresh")}
    results = await asyncio.gather(
        filmops(environment, "audit", "verify"),
        filmops(environment, "audit", "export"),
        filmops(environment, "manifest", "--http", "https://filmops.example.com"),
        filmops(fresh, "web"),
    )
    (verified, said, _), (exported, rows, _), (shown, manifest, _), unready = results
    assert (verified, exported, shown) == (0, 0, 0)
    assert "The audit log holds: " in said
    first = json.loads(rows.splitlines()[0])
    assert (first["number"], first["actor"], first["action"]) == (1, "U0ANA", "command")
    assert "https://filmops.example.com/slack/events" in manifest
    assert unready[0] == 2
    assert "run filmops migrate first" in unready[2]
    status, applied, _ = await filmops(fresh, "migrate")
    assert status == 0
    assert "applied 0001_store.sql" in applied

    async with studio.app.pool.connection() as owner:
        await owner.execute("SET session_replication_role = replica")
        await owner.execute("UPDATE audit SET actor = 'U0BEN' WHERE number = 1")
        await owner.execute("SET session_replication_role = DEFAULT")
    status, said, _ = await filmops(environment, "audit", "verify")
    assert (status, said) == (1, "BROKEN: row 1 was changed after it was written\n")
    async with studio.app.pool.connection() as owner:
        await owner.execute("SET session_replication_role = replica")
        await owner.execute("UPDATE audit SET actor = 'U0ANA' WHERE number = 1")
        await owner.execute("SET session_replication_role = DEFAULT")


def _renamed(address: str, name: str) -> str:
    before, question, after = address.partition("?")
    return f"{before.rpartition('/')[0]}/{name}{question}{after}"
