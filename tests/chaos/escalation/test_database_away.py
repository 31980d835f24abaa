"""PostgreSQL is restarted in the middle of a ladder: nothing is lost, and the pages go on."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.adapters.postgres.embedded import EmbeddedServer, start_embedded
from bot.adapters.postgres.migrate import migrate
from tests.chaos.escalation.scene import Scene

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(120)]


class Machine:
    """A machine of its own, for a server that goes away."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "pg"
        self.server: EmbeddedServer = start_embedded(self._data)
        with psycopg.connect(self.server.dsn, autocommit=True) as connection:
            connection.execute("CREATE DATABASE template")
        asyncio.run(migrate(self.server.dsn_of("template")))

    def restart(self) -> None:
        """All connections are lost; what was committed is not."""
        self.server.stop()
        self.server = start_embedded(self._data)


@pytest.fixture
def machine() -> Iterator[Machine]:
    """With PostgreSQL, migrated."""
    folder = Path(tempfile.mkdtemp(prefix="fo-", dir="/tmp"))  # Short: it holds the socket.
    folder.chmod(0o755)
    found = Machine(folder)
    try:
        yield found
    finally:
        found.server.stop()
        shutil.rmtree(folder)


async def test_a_restart_of_the_database_in_mid_ladder_loses_no_level_and_doubles_none(
    ladders: Scene, machine: Machine
) -> None:
    async with ladders.story(server=machine.server) as story:
        await asyncio.gather(story.scheduler(), story.scheduler())
        # A call is under way meanwhile, and what comes of it cannot be written down.
        await story.phones.fault("latency", seconds=1.0)
        incidents = [await story.incident() for _ in range(4)]
        await story.phones.called()
        await asyncio.to_thread(machine.restart)
        await story.rung(*incidents, name="PostgreSQL restarted:")
        await story.rung(await story.incident(), name="PostgreSQL restarted, and then:")
