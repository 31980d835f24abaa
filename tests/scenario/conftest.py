"""The world outside, one a session; a bot in it, one a test."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest

from bot.engine.chain import examined
from bot.ports import AuditLog
from sandbox.world import World
from tests.github import github, github_process
from tests.scenario.deployment import Deployment
from tests.scenario.outside import Outside, as_new, outside
from tests.scenario.studio import Studio, open_studio

__all__ = ["github", "github_process"]


@pytest.fixture(scope="session")
def outside_processes() -> Iterator[World]:
    with outside() as world:
        yield world


@pytest.fixture
async def around(
    outside_processes: World, request: pytest.FixtureRequest
) -> AsyncIterator[Outside]:
    """Slack, AWS and PagerDuty as new.

    Production is well where something is to be deployed, and where a scheduler runs: its patrol
    would open an incident of its own.
    """
    well = not {"deployment", "scheduler"}.isdisjoint(request.fixturenames)
    async with as_new(outside_processes, "healthy" if well else "bad-release") as found:
        yield found


def log(studio: Studio) -> AuditLog:
    """The audit log of this test's bot."""
    return studio.app.world.store.audit


@pytest.fixture
def variables() -> Mapping[str, str]:
    """What a file of tests adds to the bot's environment, by a fixture of its own."""
    return {}


@pytest.fixture
async def studio(
    *,
    variables: Mapping[str, str],
    request: pytest.FixtureRequest,
    around: Outside,
    database_dsn: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> AsyncIterator[Studio]:
    """The bot at work. An indirect parameter changes its topology.

    Whatever a test does, the audit log holds afterwards, Slack has refused nothing that was not
    expected, and nothing in the log is a bug's.
    """
    changes = {"variables": variables, **getattr(request, "param", {})}
    async with open_studio(around, database_dsn, tmp_path, monkeypatch, **changes) as found:
        yield found
        _, wrong = await examined(log(found))
        calls = (await around.slack.ask("calls"))["calls"]
    assert wrong is None
    assert {call["outcome"] for call in calls} <= {"ok", *found.refusals}
    errors = [r.getMessage() for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
    assert [error for error in errors if not error.startswith(tuple(found.errors))] == []


@pytest.fixture
def deployment(studio: Studio) -> Deployment:
    """A deployment in that studio, of what `ready` makes of v1.4.3."""
    return Deployment(studio)
