"""Every minute: is anything forgotten? Only if not is the heartbeat sent.

It asks the store for what must never be: a page due and not taken, an open incident without a next
deadline, a request waiting past its expiry. What it finds it repairs where that is safe, and says
so aloud; a finding while PagerDuty is away is still a finding, because nobody has been paged.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from bot.domain.audit import Entry
from bot.domain.incident import Why
from bot.domain.timeline import FILMOPS
from bot.engine.incidents import climb_again
from bot.engine.world import World

log = logging.getLogger("filmops.auditor")

LATE = timedelta(seconds=60)
"""A page so long overdue is a finding: seconds are a restart, a minute is not."""


async def audit(world: World) -> Sequence[str]:
    """One sentence a finding; none when nothing is forgotten. Raises Temporary as the store."""
    findings = [*await _pages(world), *await _incidents(world), *await _requests(world)]
    for finding in findings:
        log.critical("auditor: %s", finding)
    if findings:
        entry = Entry(
            actor=FILMOPS,
            action="auditor_found",
            subject="escalation",
            detail={"findings": findings[:20], "count": len(findings)},
        )
        await world.store.audit.append(entry, world.clock.now())
    return findings


async def _pages(world: World) -> list[str]:
    now = world.clock.now()
    return [
        f"I{page.incident} level {page.level} has been due since {page.due_at:%H:%M:%S} UTC and "
        f"PagerDuty has not taken the page ({page.said or page.state})"
        for page in await world.store.pages.overdue(now - LATE)
    ]


async def _incidents(world: World) -> list[str]:
    findings = []
    for incident in await world.store.pages.stranded():
        text = "The auditor found no next deadline: the ladder is climbed."
        mended = await climb_again(world, incident, Why.SILENCE, text)
        how = "its ladder is climbed now" if mended else "somebody else is mending it"
        findings.append(f"{incident.name} was open without a next deadline; {how}")
    return findings


async def _requests(world: World) -> list[str]:
    before = world.clock.now() - LATE
    return [
        f"{request.name} has waited past its expiry since {request.expires_at:%H:%M:%S} UTC"
        for request in await world.store.requests.overdue(before)
    ]
