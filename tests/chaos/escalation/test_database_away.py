"""PostgreSQL is restarted in the middle of a ladder: nothing is lost, and the pages go on."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.adapters.postgres.migrate import migrate
from tests.chaos.escalation.scene import Scene
from tests.chaos.scene import Database

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture
def machine() -> Iterator[Database]:
    """A machine of its own with PostgreSQL, migrated: a server that goes away."""
    folder = Path(tempfile.mkdtemp(prefix="fo-", dir="/tmp"))  # Short: it holds the socket.
    folder.chmod(0o755)
    found = Database(folder)
    try:
        with psycopg.connect(found.dsn, autocommit=True) as connection:
            connection.execute("CREATE DATABASE template")
        asyncio.run(migrate(found.dsn_of("template")))
        yield found
    finally:
        found.stop()
        shutil.rmtree(folder)


async def test_a_restart_of_the_database_in_mid_ladder_loses_no_level_and_doubles_none(
    ladders: Scene, machine: Database
) -> None:
    async with ladders.story(server=machine) as story:
        await asyncio.gather(story.scheduler(), story.scheduler())
        # A call is under way meanwhile, and what comes of it cannot be written down.
        await story.phones.fault("latency", seconds=1.0)
        incidents = [await story.incident() for _ in range(4)]
        await story.phones.called()
        await asyncio.to_thread(machine.restart)
        await story.rung(*incidents, name="PostgreSQL restarted:")
        await story.rung(await story.incident(), name="PostgreSQL restarted, and then:")
