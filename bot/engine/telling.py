"""Telling PagerDuty: every page it has of an incident that was acknowledged or resolved here.

Before it: the store, which writes the wish in the same transaction as the deed. Acknowledged by
one stops the phones of all, and a page that was on its way at that moment is answered for as
soon as it has arrived. A PUT reopens a resolved incident, so the adapter looks first.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from bot.domain.incident import Page, Wish
from bot.domain.pager import Told
from bot.engine.world import World
from bot.errors import FilmOpsError, OperationFailed

log = logging.getLogger("filmops.telling")

LEASE = timedelta(seconds=20)
AT_ONCE = 20
BACKOFF = (2.0, 5.0, 15.0, 30.0, 60.0)
ABSENT = (2.0, 5.0, 15.0, 45.0)
"""Seconds between looks for an incident PagerDuty does not show (yet); then it never came."""


async def tell(world: World) -> int:
    """Tell what is due to be told; how many pages were concerned."""
    now = world.clock.now()
    pages = await world.store.pages.claim_tellings(now=now, lease_until=now + LEASE, limit=AT_ONCE)
    await asyncio.gather(*(_one(world, page) for page in pages))
    return len(pages)


async def _one(world: World, page: Page) -> None:
    pages = world.store.pages
    try:
        told = await _tell(world, page)
    except OperationFailed as fault:
        log.exception("PagerDuty refuses to be told of %s", page.key)
        if page.tellings >= len(BACKOFF):
            await pages.told(page)
        else:
            await _again(world, page, fault)
    except FilmOpsError as fault:
        # A mistake in the set-up, too: once it is mended the phone must stop.
        await _again(world, page, fault)
    else:
        if told is Told.NOT_FOUND and page.tellings <= len(ABSENT):
            at = world.clock.now() + timedelta(seconds=ABSENT[page.tellings - 1])
            await pages.tell_again(page, at=at, said="PagerDuty does not know it yet")
        else:
            await pages.told(page)


async def _tell(world: World, page: Page) -> Told:
    person = world.topology.person(page.wish_by)
    email = person.email if person is not None else ""
    name = person.name if person is not None else page.wish_by
    do = world.pager.resolve if page.wish is Wish.RESOLVE else world.pager.acknowledge
    note = f"{str(page.wish).capitalize()}d by {name} (FilmOps I{page.incident})."
    return await do(page.key, level=page.level, by_email=email, note=note)


async def _again(world: World, page: Page, fault: FilmOpsError) -> None:
    wait = getattr(fault, "retry_after", None)
    if wait is None:
        wait = BACKOFF[min(page.tellings, len(BACKOFF)) - 1]
    log.warning("PagerDuty was not told of %s: %s; again in %.0f s", page.key, fault.message, wait)
    at = world.clock.now() + timedelta(seconds=wait)
    await world.store.pages.tell_again(page, at=at, said=fault.message)
