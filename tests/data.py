"""A stage for `/filmops db …`: a database that may be read, snapshots of it, and alembic's words.

What a test wants otherwise it changes before it asks. The schema stands at the second of three
revisions; undoing that one drops a column.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.domain.live import Snapshot
from bot.domain.request import Request
from bot.domain.run import Run
from bot.domain.vitals import Rows
from tests.stage import BEN, CHLOE, DANA, Stage

FIRST, SECOND, THIRD = "1a0c6f2e9b47", "3f2a9c1b7d20", "8c41de7a0b95"
HISTORY = (
    "INFO  [alembic.runtime.migration] Context impl PostgresqlImpl.",
    f"{SECOND} -> {THIRD} (head), add films.render_profile",
    f"{FIRST} -> {SECOND} (current), add films.mood",
    f"<base> -> {FIRST}, films and users",
)
LOST = "ALTER TABLE films DROP COLUMN mood"
UNDO = (
    "BEGIN;",
    f"-- Running downgrade {SECOND} -> {FIRST}",
    f"{LOST};",
    "UPDATE alembic_version SET version_num='1a0c6f2e9b47';",
    "COMMIT;",
)
SNAPSHOT = "rds:prod-db-2026-01-01-03-10"
STOOD_AT = "SELECT version_num FROM alembic_version ORDER BY version_num"


class Data(Stage):
    """See the module."""

    def __init__(self, **about: Any) -> None:
        super().__init__(**about)
        self.sql.known.add("prod-db")
        self.stands_at(SECOND)
        self.production.errand_says = {
            "alembic history --indicate-current": HISTORY,
            f"alembic downgrade {SECOND}:{FIRST} --sql": UNDO,
            f"alembic downgrade {FIRST}": (f"Running downgrade {SECOND} -> {FIRST}",),
            "alembic upgrade head": (f"Running upgrade {SECOND} -> {THIRD}",),
            "alembic current": (f"{THIRD} (head)",),
        }
        made = self.clock.now() - timedelta(hours=30)
        self.production.snapshots["prod-db"].append(
            Snapshot(id=SNAPSHOT, kind="automated", created_at=made, status="available")
        )

    def stands_at(self, *revisions: str) -> None:
        """What the database itself says."""
        rows = tuple((one,) for one in revisions)
        self.sql.answers[STOOD_AT] = Rows(columns=("version_num",), rows=rows)

    async def agreed(self, text: str) -> Request:
        """Asked for and approved; nothing of it has been carried out."""
        request = await self.ask(text)
        for who in (CHLOE, DANA, BEN)[: request.needed]:
            await self.approve(request.id, who)
        return request

    async def launched(self, text: str) -> Request:
        """Agreed, planned again and begun: its first step is next."""
        request = await self.agreed(text)
        self.jobs.waiting.clear()
        await self.launcher.launch(request.id)
        return request

    async def one_step(self, request: Request) -> None:
        """Its next step is looked at once, now."""
        self.jobs.waiting.clear()
        step = (await self.run(request.id)).next_step
        assert step is not None
        await self.runner.carry(request.id, step.position, step.attempt)

    async def done(self, text: str, *, seconds: float = 7200) -> Run:
        """The run after all that happens in that time."""
        request = await self.agreed(text)
        await self.until_quiet(seconds=seconds)
        return await self.run(request.id)

    def called(self) -> list[str]:
        """The calls that changed production, in order."""
        return [call.action for call in self.production.effects]

    def commands(self) -> list[str]:
        """The commands of the one-off tasks that were started, in order; two calls of one token
        are one task.
        """
        tasks = {
            call.parameters["clientToken"]: call.parameters["overrides"]["containerOverrides"][0]
            for call in self.production.effects
            if call.action == "run_task"
        }
        return [" ".join(task["command"]) for task in tasks.values()]

    async def notes(self, run: Run) -> list[str]:
        """What its thread was told of tasks' output."""
        shown = [note for note in self.tables.notes.values() if note.note.subject == run.name]
        return [each.note.message.text for each in shown]
