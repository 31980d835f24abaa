"""What all chaos happens in: one production, Slack, PagerDuty and database server a session.

`Scene.stage` gives a story a service and a database of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
from psycopg import sql

from bot.adapters.aws import AwsClients, build_aws
from bot.adapters.postgres.embedded import start_embedded
from bot.adapters.postgres.migrate import migrate
from bot.topology import load
from sandbox.world import World
from tests.cast import moulds
from tests.chaos import production
from tests.chaos.nursery import Nursery
from tests.chaos.stage import Stage

CONNECTIONS = 300
HISTORY = Path(__file__).with_name("history.sql")
_numbers = itertools.count(1)


class Scene:
    """The parts that the stories share."""

    def __init__(self, world: World, server: Database, nursery: Nursery) -> None:
        self.world = world
        self.nursery = nursery
        self.topology = load(world.topology)
        self.clients = AwsClients(self.topology)
        self.aws = build_aws(self.topology, clients=self.clients)
        self._server = server
        self._free = production.names()
        self._controls = {part: controls(world, part) for part in ("aws", "slack", "pagerduty")}

    def close(self) -> None:
        """Give up what this process holds open."""
        self.clients.close()
        for http in self._controls.values():
            http.close()

    async def ask(self, part: str, control: str, **query: str) -> Any:
        """GET a control of a part of the world."""
        answer = await asyncio.to_thread(self._controls[part].get, control, params=query)
        return answer.raise_for_status().json()

    async def tell(self, part: str, control: str, **body: Any) -> Any:
        """POST to a control."""
        answer = await asyncio.to_thread(self._controls[part].post, control, json=body)
        return answer.raise_for_status().json()

    async def clear_faults(self, part: str) -> None:
        """Nothing goes wrong any more."""
        answer = await asyncio.to_thread(self._controls[part].delete, "faults")
        answer.raise_for_status()

    async def restart_database(self) -> None:
        """All connections are lost; what was committed is not."""
        await asyncio.to_thread(self._server.restart)

    def url(self, database: str) -> str:
        """DATABASE_URL of a database of the server."""
        info: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(self._server.dsn)
        host = quote(str(info["host"]), safe="")
        return f"postgresql://postgres@localhost:{info['port']}/{database}?host={host}"

    @asynccontextmanager
    async def stage(self) -> AsyncIterator[Stage]:
        """One service, all on blue, and one database, whose requests' numbers are its own, as is
        the version that may be deployed.
        """
        number = next(_numbers)
        name, service = f"story_{number}", self._free.pop()
        version = f"v2.0.{number}"
        await asyncio.to_thread(self._prepare, name, number)
        try:
            async with Stage.opened(self, service, version, self.url(name)) as stage:
                yield stage
        finally:
            await asyncio.to_thread(self._drop, name)
            self._free.append(service)

    def _prepare(self, name: str, number: int) -> None:
        with psycopg.connect(self._server.dsn, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template").format(sql.Identifier(name))
            )
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            # Cards are found in the one workspace by their request's number.
            own = f"ALTER TABLE requests ALTER id RESTART WITH {number * 100}"
            connection.execute(own.encode())

    def _drop(self, name: str) -> None:
        with psycopg.connect(self._server.dsn, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


PLANT = ("--seed-minutes", "0.1", "--requests-per-second", "100", "--speed", "8")


@contextmanager
def opened(folder: Path, *, as_shipped: bool = False, **numbers: int) -> Iterator[Scene]:
    """A running world, a database server and a nursery; logs and the topology are in `folder`.
    `numbers` are other ones than the topology's own; `as_shipped`, workers wait as production's do.
    """
    topology = folder / "filmops.toml"
    production.write(topology, numbers)
    world = World(
        topology=topology,
        parts=("pagerduty", "aws", "slack"),
        aws_args=PLANT,
        slack_args=("--limits", "off"),
    )
    with moulds(), database_server() as server, world, aws_environment(world.environment):
        # The sandbox takes the lag away from the file it derives: who gives one means it.
        production.change(world.topology, numbers)
        nursery = Nursery(folder, world.environment, as_shipped=as_shipped)
        with closing(nursery), closing(Scene(world, server, nursery)) as scene:
            yield scene


class Database:
    """The server of a folder, which may be restarted."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "pg"
        self._server = start_embedded(self._data)

    @property
    def dsn(self) -> str:
        """See EmbeddedServer."""
        return self._server.dsn

    def dsn_of(self, database: str) -> str:
        """See EmbeddedServer."""
        return self._server.dsn_of(database)

    def restart(self) -> None:
        """Stop and start it."""
        self.stop()
        self._server = start_embedded(self._data)

    def stop(self) -> None:
        """For good."""
        self._server.stop()


@contextmanager
def database_server() -> Iterator[Database]:
    """A server for many processes at a time, with a migrated template that keeps its history."""
    folder = Path(tempfile.mkdtemp(prefix="fo-", dir="/tmp"))  # Short: it holds the socket.
    folder.chmod(0o755)
    server = Database(folder)
    try:
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.SQL(setting)))
            connection.execute(f"ALTER SYSTEM SET max_connections = {CONNECTIONS}".encode())
        server.restart()
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            connection.execute("CREATE DATABASE template")
        asyncio.run(migrate(server.dsn_of("template")))
        with psycopg.connect(server.dsn_of("template"), autocommit=True) as connection:
            connection.execute(HISTORY.read_bytes())
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@contextmanager
def aws_environment(given: dict[str, str]) -> Iterator[None]:
    """This process' boto3 sees the plant and nothing of the person's own."""
    kept = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update({name: v for name, v in given.items() if name.startswith("AWS_")})
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def controls(world: World, part: str) -> httpx.Client:
    """What a part's controls are asked through; PagerDuty's are on its page, without TLS."""
    base = world.announced(part)["page"] if part == "pagerduty" else world.url(part)
    return httpx.Client(base_url=f"{base.rstrip('/')}/_control/", timeout=20, trust_env=False)
