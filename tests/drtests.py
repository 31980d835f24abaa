"""A stage on which a DR test can be carried out: backed up, and its data can be looked into."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.adapters.memory.probe import MemoryAnswer
from bot.domain.live import Snapshot
from bot.domain.run import Run
from bot.domain.vitals import Rows
from bot.topology import Application, Flow, Integrity, Topology, load
from handlers.backup.dr_steps import TABLES
from tests.stage import SHIPPED, Stage

NAME = "prod-db-dr-test-r1"
FILMS = Integrity(sql="SELECT count(*) FROM films", expect=">= 1000")
SCHEMA = Integrity(sql="SELECT version_num FROM alembic_version", expect="42")
STAGING = Application(
    service="backend-staging",
    flow=Flow(name="uses it", path="/internal/db?host={host}&port={port}", expect=200),
)


def topology(
    *, integrity: dict[str, Integrity] | None = None, application: Application | None = None
) -> Topology:
    """The shipped one with these of its database."""
    shipped = load(SHIPPED)
    database = shipped.databases["prod-db"].model_copy(
        update={"integrity": integrity or {}, "application": application}
    )
    return shipped.model_copy(update={"databases": {"prod-db": database}})


WHOLE = {"films": FILMS, "schema": SCHEMA}


class DrTests(Stage):
    """The newest automated snapshot is nine hours old; a restore takes `restore_seconds`."""

    def __init__(self, **about: Any) -> None:
        about.setdefault("topology", topology(integrity=WHOLE, application=STAGING))
        super().__init__(**about)
        self.sql.known.add("prod-db")
        self.gives(FILMS, "812000")
        self.gives(SCHEMA, "42")
        self.gives(TABLES, "17")
        self.saved("rds:prod-db-new", hours=9)
        self.saved("rds:prod-db-old", hours=33)
        self.saved("by-hand", hours=1, kind="manual")
        self.production.instances_settle = False
        host = f"{NAME}.abc.us-east-1.rds.amazonaws.com"
        self.answer_flow(host)

    def gives(self, asked: Integrity, value: str | None) -> None:
        """What the restored database answers."""
        self.sql.answers[asked.sql] = Rows(columns=("a",), rows=((value,),))

    def saved(self, name: str, *, hours: float, kind: str = "automated") -> None:
        """A snapshot of that age."""
        made = self.clock.now() - timedelta(hours=hours)
        snapshot = Snapshot(id=name, kind=kind, created_at=made, status="available")
        self.production.snapshots["prod-db"].append(snapshot)

    def answer_flow(self, host: str, status: int = 200) -> None:
        """The application uses the restored database, or does not."""
        flow = STAGING.against(host, 5432)
        self.probe.answers["backend-staging", "GET", flow.path] = MemoryAnswer(status=status)

    async def begun(self, text: str = "backup dr-test") -> Run:
        """Asked for, approved, and carried until the instance is being made."""
        request = await self.ask(text)
        await self.approve(request.id)
        await self.until_quiet(seconds=1)
        return await self.run(request.id)

    async def goes_on(self, *, seconds: float = 4 * 3600) -> Run:
        """All that happens in that time: what RDS makes or deletes takes ten minutes."""
        await self.jobs.drain()
        end = self.clock.now() + timedelta(seconds=seconds)
        while self.clock.now() < end and (await self.run()).state.open:
            await self.until_quiet(seconds=600)
            self.clock.advance(1)
            self.settle()
        return await self.run()

    def settle(self) -> None:
        """What is being made is there, what is being deleted is gone."""
        for name, instance in list(self.production.instances.items()):
            if instance.status != "available":
                self.production.settle(name)

    def there(self) -> bool:
        """Whether the test's instance exists."""
        return NAME in self.production.instances

    def called(self) -> list[str]:
        """The calls that changed production, in order."""
        return [call.action for call in self.production.effects]
