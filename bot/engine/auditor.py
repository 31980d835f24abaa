"""Every minute: is anything forgotten? Only if not does the service outside hear a heartbeat.

It asks the store for what must never be: a page due and not taken, an open incident without a next
deadline, a request waiting past its expiry. What it finds it repairs where that is safe, and says
so aloud: by an incident of its own, except for an overdue page, because what would page for that
is the very thing that is broken. That silence is heard outside.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from bot.domain.audit import Entry
from bot.domain.incident import Happening, Page, Source, Why
from bot.domain.timeline import FILMOPS
from bot.engine.incidents import climb_again
from bot.engine.opening import Report, report
from bot.engine.pulse import silence
from bot.engine.world import World
from bot.errors import FilmOpsError
from bot.ports import Heartbeat
from bot.topology import Severity

log = logging.getLogger("filmops.auditor")

LATE = timedelta(seconds=60)
"""A page so long overdue is a finding: seconds are a restart, a minute is not."""


async def audit(world: World) -> Sequence[str]:
    """One sentence a finding; none when nothing is forgotten. Raises Temporary as the store."""
    pages = await _pages(world)
    stranded = await _incidents(world)
    requests = await _requests(world)
    findings = [*pages, *stranded, *requests]
    if not findings:
        return findings
    for finding in findings:
        log.critical("auditor: %s", finding)
    entry = Entry(
        actor=FILMOPS,
        action="auditor_found",
        subject="escalation",
        detail={"findings": findings[:20], "count": len(findings)},
    )
    await world.store.audit.append(entry, world.clock.now())
    await _report(world, "stranded", stranded)
    await _report(world, "requests", requests)
    return findings


async def reassure(world: World, heartbeat: Heartbeat) -> None:
    """After an audit without findings: let the service outside hear so, if somebody is paging.

    What fails is a line in the log: silence says the rest.
    """
    try:
        wrong = await silence(world)
        if not wrong:
            await heartbeat.beat()
    except FilmOpsError as fault:
        wrong = fault.message
    if wrong:
        log.warning("no heartbeat: %s", wrong)


async def _pages(world: World) -> list[str]:
    now = world.clock.now()
    late = await world.store.pages.overdue(now - LATE)
    for page in late:
        await _tell_once(world, page)
    return [
        f"I{page.incident} level {page.level} has been due since {page.due_at:%H:%M:%S} UTC and "
        f"PagerDuty has not taken the page ({page.said or page.state})"
        for page in late
    ]


async def _tell_once(world: World, page: Page) -> None:
    """A line under the incident itself, once a page and not once a minute."""
    now = world.clock.now()
    if not await world.store.pulse.turn(f"overdue:{page.key}", since=page.due_at, now=now):
        return
    text = (
        f"Level {page.level} has been due since {page.due_at:%H:%M:%S} UTC and PagerDuty has not "
        "taken the page: ring them yourselves. It is tried again until it is taken."
    )
    happening = Happening(at=now, kind="page_overdue", actor=FILMOPS, text=text)
    await world.store.incidents.tell(page.incident, happening, None)


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


async def _report(world: World, kind: str, findings: Sequence[str]) -> None:
    """One incident a kind: as long as it is open, more of the same is counted to it."""
    if not findings:
        return
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    await report(
        world,
        Report(
            title=f"Auditor: {findings[0]}{more}",
            severity=Severity.P2,
            source=Source.FILMOPS,
            fingerprint=f"auditor:{kind}",
            by=FILMOPS,
            detail={"found": "; ".join(findings)},
        ),
    )
