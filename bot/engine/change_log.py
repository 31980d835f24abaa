"""Reading the change log, secrets taken out.

Before: `/filmops history`. After: `blocks.change_log` shows it, `bot.domain.change_log` writes it.
"""

from __future__ import annotations

from datetime import datetime

from bot.domain.change_log import ChangeLog
from bot.engine.reporting import clean_change
from bot.engine.world import World

MOST = 5000
"""Changes that are read, newest first: years of a studio's."""


async def read(world: World, *, service: str | None, since: datetime) -> ChangeLog:
    """All since then, of one service or everything."""
    topology = world.topology
    resource = topology.services[service].resource if service is not None else None
    found = await world.store.runs.changes(resource=resource, since=since, limit=MOST + 1)
    return ChangeLog(
        service=service or "",
        since=since,
        changes=tuple(clean_change(change) for change in found[:MOST]),
        cut=len(found) > MOST,
        people={person.slack: person.name for person in topology.people.values()},
        timezone=topology.studio.timezone,
        made_at=world.clock.now(),
    )
