"""The product's databases in memory: a twin of `bot.adapters.postgres.product`.

Before it come handlers under test. What they are answered is set here; a query nobody set has no
table to read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.instance import Address
from bot.domain.vitals import Rows, Server, Sessions, Table, Vitals
from bot.errors import FilmOpsError, OperationFailed
from bot.topology import Database

WELL = Vitals(
    server=Server(
        version="15.8",
        role="filmops_reader",
        monitor=True,
        standby=False,
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        most=100,
    ),
    sessions=(Sessions(state="idle", count=38), Sessions(state="active", count=4)),
    size=7_600_000_000,
    tables=(Table(name="public.films", bytes=5_100_000_000, rows=812_000, dead=900),),
    slow=(),
    blocked=(),
    transactions=(),
    replicas=(),
)
"""A database nothing is wrong with."""


class MemorySql:
    """See `bot.ports.Sql`. `known` are keys; `answers` go by statement, `asked` is what was asked.

    What is put into `failing` is raised by the next call.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.known = set(known)
        self.vital = WELL
        self.answers: dict[str, Rows] = {}
        self.asked: list[str] = []
        self.places: list[Address | None] = []
        self.failing: list[FilmOpsError] = []

    def knows(self, database: Database) -> bool:
        """As set."""
        return database.key in self.known

    async def vitals(self, database: Database) -> Vitals:
        """As set."""
        self._reached(database, "vitals")
        return self.vital

    async def read(
        self,
        database: Database,
        query: str,
        *,
        limit: int,
        seconds: float,
        at: Address | None = None,
    ) -> Rows:
        """As set, cut at `limit`; the same wherever it is asked, which `places` tells."""
        self.places.append(at)
        self._reached(database, query)
        found = self.answers.get(query)
        if found is None:
            raise OperationFailed(f"{database.key}: no such relation", code="database")
        return replace(found, rows=found.rows[:limit], more=len(found.rows) > limit)

    def _reached(self, database: Database, query: str) -> None:
        if not self.knows(database):
            raise OperationFailed(
                f"Nobody said where {database.key} is read.",
                code="not_set_up",
                hint="Set PRODUCT_DATABASE_URL (docs/settings.md).",
            )
        self.asked.append(query)
        if self.failing:
            raise self.failing.pop(0)
