"""The product's databases' part of `filmops check`: reached, only reading, and told what others do.

One that nobody gave an address of is no mistake: `/filmops db health` then says how to set it up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.adapters.postgres.product import ProductSql
from bot.domain.live import Missing
from bot.errors import FilmOpsError
from bot.ports import Finding
from bot.topology import Database

_AGAIN = "Compare PRODUCT_DATABASE_URL with the database (docs/operating.md)."


class ProductChecks:
    """bot.ports.Checks on the product's databases."""

    def __init__(self, sql: ProductSql, databases: Iterable[Database]) -> None:
        self._sql = sql
        self._databases = tuple(databases)

    async def check(self) -> Sequence[Finding]:
        """Up to four lines a database that we know."""
        return [
            finding
            for database in self._databases
            if self._sql.knows(database)
            for finding in await self._one(database)
        ]

    async def _one(self, database: Database) -> list[Finding]:
        subject = f"product database {database.key}"
        try:
            vitals = await self._sql.vitals(database)
            superuser, tables = await self._sql.may_write(database)
        except FilmOpsError as error:
            fix = error.hint or _AGAIN
            return [Finding(subject=subject, ok=False, said=error.message, fix=fix)]
        role = vitals.server.role
        writes = "is a superuser" if superuser else f"may change {tables} tables"
        extension = vitals.slow
        return [
            Finding(subject=subject, ok=True, said=f"PostgreSQL {vitals.server.version} as {role}"),
            Finding(
                subject=f"{subject}: read-only",
                ok=not (superuser or tables),
                said=f"{role} {writes}" if superuser or tables else f"{role} may change no table",
                fix="Give FilmOps a role of its own that may only read (docs/operating.md).",
            ),
            Finding(
                subject=f"{subject}: pg_monitor",
                ok=vitals.server.monitor,
                said="granted" if vitals.server.monitor else "missing: what others do is hidden",
                fix=f"GRANT pg_monitor TO {role};",
            ),
            Finding(
                subject=f"{subject}: pg_stat_statements",
                ok=not isinstance(extension, Missing),
                said=extension.reason if isinstance(extension, Missing) else "there",
                fix="Without it slow queries are not known (docs/operating.md).",
            ),
        ]
