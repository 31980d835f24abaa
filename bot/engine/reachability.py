"""Once a day, while people are at their desks: would the ladder ring somebody on every level?

What is found is an incident of the lowest severity that pages, because a hole in the roster is
noticed otherwise only in the night in which it matters. One that is still open counts another
alert instead of opening again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.incident import Source
from bot.domain.instant import today_at
from bot.domain.roster import roster_warnings
from bot.domain.timeline import FILMOPS
from bot.engine.opening import Report, report
from bot.engine.world import World
from bot.errors import ConfigurationError, OperationFailed
from bot.topology import Severity, Topology

log = logging.getLogger("filmops.reachability")

LOOK_SECONDS = 60.0
REACHABILITY = "reachability"


async def check_daily(world: World) -> Sequence[str]:
    """Look, if it is time and no scheduler has looked since; what is wrong, a sentence each.

    Raises Temporary when PagerDuty or the store does not answer: then it is tried again.
    """
    now = world.clock.now()
    due = due_at(world.topology, now)
    last = await world.store.pulse.last(REACHABILITY)
    if now < due or (last is not None and last >= due):
        return ()
    try:
        levels = await world.pager.on_call()
    except (ConfigurationError, OperationFailed) as fault:
        # It will not be otherwise in a minute; `filmops check` says the same with its fix.
        log.warning("PagerDuty does not tell who is on call: %s", fault.message)
        levels = None
    if not await world.store.pulse.turn(REACHABILITY, since=due, now=now) or levels is None:
        return ()
    warnings = roster_warnings(levels, world.topology)
    for warning in warnings:
        log.error("reachability: %s", warning)
        await report(world, _found(warning))
    return warnings


def due_at(topology: Topology, now: datetime) -> datetime:
    """Today's instant of the check, by the studio's clock."""
    zone = ZoneInfo(topology.studio.timezone)
    return today_at(topology.escalation.check_at, now=now, zone=zone)


def _found(warning: str) -> Report:
    return Report(
        title=warning,
        severity=Severity.P3,
        source=Source.FILMOPS,
        fingerprint=f"{REACHABILITY}:{warning}",
        by=FILMOPS,
    )
