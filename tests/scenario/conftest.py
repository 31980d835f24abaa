"""The world outside, one a session; a bot in it, one a test."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sandbox.world import World
from tests.scenario.outside import Outside, as_new, outside
from tests.scenario.studio import Studio, open_studio


@pytest.fixture(scope="session")
def outside_processes() -> Iterator[World]:
    with outside() as world:
        yield world


@pytest.fixture
async def around(outside_processes: World) -> AsyncIterator[Outside]:
    """Slack, AWS and PagerDuty as new."""
    async with as_new(outside_processes) as found:
        yield found


@pytest.fixture
async def studio(
    *,
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
    changes = getattr(request, "param", {})
    async with open_studio(around, database_dsn, tmp_path, monkeypatch, **changes) as found:
        yield found
        await found.audit()
        refused = {call["outcome"] for call in (await around.slack.ask("calls"))["calls"]}
        assert refused <= {"ok", *found.refusals}
    bugs = [r.getMessage() for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
    assert bugs == []
