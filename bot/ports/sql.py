"""What is asked of the product's own PostgreSQL: to read, in a short time, and nothing else."""

from __future__ import annotations

from typing import Protocol

from bot.domain.instance import Address
from bot.domain.vitals import Rows, Vitals
from bot.topology import Database


class Sql(Protocol):
    """One short connection a call, all of it in read-only transactions that are rolled back, each
    statement within seconds. Raises OperationFailed("not_set_up") where `knows` says no, ("denied")
    for a role that may not, ("timeout") for what takes too long; Temporary when nobody answers.
    """

    def knows(self, database: Database) -> bool:
        """Whether somebody said where it is."""
        ...

    async def vitals(self, database: Database) -> Vitals:
        """One look at everything; a part that cannot be read hides no other."""
        ...

    async def read(
        self,
        database: Database,
        query: str,
        *,
        limit: int,
        seconds: float,
        at: Address | None = None,
    ) -> Rows:
        """What one statement gives, `limit` rows at most, every value as text. With `at` another
        server is asked, as the same role with the same password: what was restored from it.
        """
        ...
