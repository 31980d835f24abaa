"""Climbs of the ladder and the end of them, in the transaction of what people and time do.

Before it: `deeds` and `incidents`, which hold the incident's row. After it: `pages`, which sends
what is armed here and tells PagerDuty what is wished here.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from bot.adapters.postgres.pool import Connection, rows, run
from bot.domain.climb import Climb
from bot.domain.incident import Why, Wish


async def begin(
    connection: Connection, incident: int, climb: Climb, why: Why, now: datetime
) -> None:
    """Another escalation, with a page for each level that is due."""
    name = str(uuid.uuid4())
    await run(connection, "insert_escalation", id=name, incident=incident, why=why, now=now)
    await run(
        connection,
        "insert_pages",
        escalation=name,
        incident=incident,
        levels=[due.level for due in climb.dues],
        times=[due.at for due in climb.dues],
    )


async def end(
    connection: Connection,
    ids: Sequence[int],
    why: str,
    now: datetime,
    *,
    parent: int | None = None,
) -> None:
    """The present climbs of these are over: nothing more is paged, what was paged rings on.

    Takes all rows that the transaction will want, in the order every writer keeps to; `parent` is
    another whose card it will change.
    """
    await rows(connection, "lock_pages", ids=ids)
    await rows(connection, "want_cards", ids=ids if parent is None else [*ids, parent])
    await run(connection, "end_escalations", ids=ids, now=now, why=why)
    await run(connection, "cancel_pages", ids=ids)


async def quiet(
    connection: Connection, ids: Sequence[int], *, wish: Wish, by: str, why: str, now: datetime
) -> None:
    """The climbs are over, and PagerDuty is to be told of what was paged."""
    await end(connection, ids, why, now)
    await run(connection, "wish_pages", ids=ids, wish=wish, by=by, now=now)
