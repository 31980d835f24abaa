"""The scheduler process: APScheduler as the clock, PostgreSQL as the truth.

It keeps no jobs of its own (docs/adr: SQLAlchemyJobStore lost jobs between two schedulers):
each tick asks the store what is due. Several schedulers at once are safe.
"""

from __future__ import annotations

import asyncio

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.engine.reconciler import tick
from bot.engine.world import World
from bot.entrypoints.rounds import tried

TICK_SECONDS = 2


async def schedule(world: World, stop: asyncio.Event) -> None:
    """Tick until `stop`; a tick that is still running is not begun again."""
    scheduler = AsyncIOScheduler(timezone="UTC")

    async def ticked() -> None:
        await tried("the scheduler's tick", lambda: tick(world))

    scheduler.add_job(
        ticked, "interval", seconds=TICK_SECONDS, max_instances=1, coalesce=True, id="tick"
    )
    await ticked()
    scheduler.start()
    await stop.wait()
    scheduler.shutdown(wait=False)
