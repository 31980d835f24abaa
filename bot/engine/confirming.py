"""Did the page reach somebody? PagerDuty's 202 does not say so.

Nobody on call, a maintenance window there, suppression or grouping lose a page that was accepted.
So its incident is looked for 5, 15 and 45 s later and must have an assignee; else it is
unconfirmed, which is said aloud, and the next level is due at once. What the look finds besides
(acknowledged or resolved on a phone) is taken as that person's word.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from bot.domain.incident import Page
from bot.domain.pager import PagerIncident
from bot.engine.answers import heard
from bot.engine.world import World
from bot.errors import ConfigurationError, FilmOpsError, OperationFailed

log = logging.getLogger("filmops.confirming")

LOOKS = (5.0, 15.0, 45.0)
"""Seconds after the page at which it is looked for; the last that is answered decides."""

UNREADABLE = timedelta(minutes=10)
"""Between looks when PagerDuty may not be read: no token, or one that sees nothing."""

LEASE = timedelta(seconds=4)
"""Short, because the next level waits for the last look; a look made twice does no harm."""

AT_ONCE = 20


async def confirm(world: World) -> int:
    """Look for the pages that are due to be looked for; how many."""
    now = world.clock.now()
    pages = await world.store.pages.claim_looks(now=now, lease_until=now + LEASE, limit=AT_ONCE)
    await asyncio.gather(*(_look(world, page) for page in pages))
    return len(pages)


async def _look(world: World, page: Page) -> None:
    pages = world.store.pages
    try:
        found = await world.pager.find(page.key)
    except (ConfigurationError, OperationFailed) as fault:
        log.warning("%s cannot be confirmed: %s", page.key, fault.message)
        await pages.look_again(page.key, at=world.clock.now() + UNREADABLE)
        return
    except FilmOpsError as fault:
        # That it cannot be asked says nothing about the page.
        log.warning("%s could not be looked for: %s", page.key, fault.message)
        await pages.look_again(page.key, at=world.clock.now() + timedelta(seconds=LOOKS[0]))
        return
    if found is not None and (found.assigned_to or found.status != "triggered"):
        # In this order: a scheduler that dies in between must not have kept an answer to itself.
        await heard(world, page.incident, found)
        await pages.confirmed(page.key, reached=found.assigned_to, now=world.clock.now())
    else:
        await _not_yet(world, page, found)


async def _not_yet(world: World, page: Page, found: PagerIncident | None) -> None:
    now = world.clock.now()
    gone = (now - (page.sent_at or page.due_at)).total_seconds()
    later = [look for look in LOOKS if look > gone]
    if later:
        at = now + timedelta(seconds=later[0] - gone)
        await world.store.pages.look_again(page.key, at=at)
        return
    said = (
        "PagerDuty accepted it and made no incident of it"
        if found is None
        else "PagerDuty has assigned it to nobody"
    )
    log.error("%s is unconfirmed: %s", page.key, said)
    await world.store.pages.unconfirmed(page.key, said=said, now=now)
