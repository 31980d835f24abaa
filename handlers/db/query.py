"""`/filmops db query [NAME] [DATABASE]`: a question the topology names, asked read-only.

Nobody types SQL here: what may be asked is in `[databases.ID.queries]`, where it was thought about.
"""

from __future__ import annotations

from pydantic import Field

from blocks.database import answered, questions
from blocks.db_health import not_set_up
from bot.domain.message import Message
from bot.engine.known import only_database
from bot.engine.naming import suggest
from bot.engine.operation import Context, Operation, Params
from bot.errors import UserError
from bot.topology import Database, Query, Risk

MOST_ROWS = 30
SECONDS = 10.0


class QueryParams(Params):
    """Which question, of which database; without a name all of them are listed."""

    name: str | None = None
    database: str | None = Field(default=None, json_schema_extra={"names": "databases"})


async def answer(context: Context, params: QueryParams) -> Message:
    """The rows, or the questions there are. Raises UserError for one there is not."""
    database = only_database(context.topology, params.database, command="db query NAME")
    if params.name is None:
        return questions(database)
    query = _named(database, params.name)
    if not context.world.sql.knows(database):
        return not_set_up(database)
    rows = await context.world.sql.read(database, query.sql, limit=MOST_ROWS, seconds=SECONDS)
    return answered(database, query, rows, context.now)


def _named(database: Database, name: str) -> Query:
    query = database.queries.get(name.lower())
    if query is not None:
        return query
    close = suggest(name, database.queries)
    raise UserError(
        f"{database.key} has no query {name[:60]!r}."
        + (f" Did you mean {close}?" if close else ""),
        hint=f"/filmops db query {close}" if close else "/filmops db query",
    )


OPERATION = Operation(
    name="db query",
    summary="Ask a database one of the topology's questions; without a name list them.",
    risk=Risk.READ,
    params=QueryParams,
    examples=("db query", "db query films-by-status"),
    answer=answer,
)
