"""`/filmops db health [DATABASE]`: how the product's PostgreSQL does (runbook, *Daily Database
Maintenance*). Read-only, within seconds; what cannot be read is said.
"""

from __future__ import annotations

from pydantic import Field

from blocks.db_health import health, not_set_up
from bot.domain.db_health import judged
from bot.domain.message import Message
from bot.engine.known import only_database
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk


class HealthParams(Params):
    """Which database."""

    database: str | None = Field(default=None, json_schema_extra={"names": "databases"})


async def answer(context: Context, params: HealthParams) -> Message:
    """One look, judged. Raises OperationFailed or Temporary when it cannot be reached."""
    database = only_database(context.topology, params.database, command="db health")
    if not context.world.sql.knows(database):
        return not_set_up(database)
    vitals = await context.world.sql.vitals(database)
    return health(database, vitals, judged(vitals, database), context.now)


OPERATION = Operation(
    name="db health",
    summary="Show connections, slow queries, sizes, locks, replication of a database.",
    risk=Risk.READ,
    params=HealthParams,
    examples=("db health", "db health prod-db"),
    answer=answer,
)
