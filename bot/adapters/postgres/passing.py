"""What follows in the same transaction when a page has come to something."""

from __future__ import annotations

from datetime import datetime

from bot.adapters.postgres.pool import Connection, run
from bot.adapters.postgres.timeline import tell
from bot.domain.incident import Page
from bot.domain.timeline import page_happening


async def say(connection: Connection, page: Page, now: datetime) -> None:
    """The line for the state it has come to, if there is one."""
    happening = page_happening(page, now)
    if happening is not None:
        await tell(connection, page.incident, happening)


async def pass_on(connection: Connection, page: Page, now: datetime) -> None:
    """It reached nobody: the next level's turn. The climb's pages are locked already, in order."""
    at = {"escalation": page.escalation, "level": page.level, "now": now}
    await run(connection, "hasten_next", **at)
    await run(connection, "revive_superseded", **at)
    await say(connection, page, now)
