"""What the chaos of the escalation happens in: one database server and one nursery a session.

`Scene.story` gives each story a database and a PagerDuty of its own, because what goes wrong there
(`_control/faults`) goes wrong for everybody who calls it.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from sandbox.environment import bare
from sandbox.world import World, free_port
from tests.chaos.escalation import ladder
from tests.chaos.escalation.story import Story
from tests.chaos.nursery import Nursery
from tests.chaos.scene import Database, database_server

PARTS = ("pagerduty",)

_numbers = itertools.count(1)


class Scene:
    """The parts that the stories share."""

    def __init__(self, folder: Path, server: Database, nursery: Nursery) -> None:
        self._topology = folder / "filmops.toml"
        ladder.write(self._topology)
        self._server = server
        self._nursery = nursery

    @asynccontextmanager
    async def story(
        self, *, parts: Sequence[str] = PARTS, server: Database | None = None
    ) -> AsyncIterator[Story]:
        """A PagerDuty (and Slack, with `parts`) and a database, here or on another server."""
        world = World(topology=self._topology, parts=parts, bot_environment=without_slack(parts))
        await asyncio.to_thread(world.open)
        try:
            url = await asyncio.to_thread(_database, self._server if server is None else server)
            async with Story.opened(world, self._nursery, url) as story:
                yield story
        finally:
            await asyncio.to_thread(world.close)


def without_slack(parts: Sequence[str]) -> dict[str, str]:
    """Where no Slack was started nothing may listen, and nobody may ask the real one."""
    if "slack" in parts:
        return {}
    return {"SLACK_API_URL": f"http://127.0.0.1:{free_port()}/api/"}


@contextmanager
def opened(folder: Path) -> Iterator[Scene]:
    """A database server and a nursery; logs and the topology are in `folder`."""
    with database_server() as server, closing(Nursery(folder, bare(folder))) as nursery:
        yield Scene(folder, server, nursery)


def _database(server: Database) -> str:
    name = f"ladder_{next(_numbers)}"
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE template").format(sql.Identifier(name))
        connection.execute(create)
    info: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(server.dsn)
    host = quote(str(info["host"]), safe="")
    return f"postgresql://postgres@localhost:{info['port']}/{name}?host={host}"
