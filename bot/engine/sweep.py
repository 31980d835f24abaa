"""In case a webhook was lost: what people did at PagerDuty is looked for every minute, too.

An acknowledgement found here goes the way of one that was told (bot.engine.answers); a page that
is not open there any more is looked at one by one, because it may have been resolved.
"""

from __future__ import annotations

from bot.domain.incident import Page
from bot.domain.pager import PagerStatus
from bot.engine.answers import heard
from bot.engine.world import World

SWEEP_SECONDS = 45.0
AT_MOST = 20
"""Single looks a sweep: PagerDuty takes 960 calls a minute, and pages have the first claim."""


async def sweep(world: World) -> int:
    """Compare the pages of open incidents with PagerDuty; how many were asked about. Raises as
    the pager's port does.
    """
    pages = await world.store.pages.open_keys()
    if not pages:
        return 0
    open_there = {found.key: found for found in await world.pager.sweep()}
    gone: list[Page] = []
    for page in pages:
        found = open_there.get(page.key)
        if found is None:
            gone.append(page)
        elif found.status is not PagerStatus.TRIGGERED:
            await heard(world, page.incident, found)
    for page in gone[:AT_MOST]:
        found = await world.pager.find(page.key)
        if found is not None:
            await heard(world, page.incident, found)
    return len(pages)
