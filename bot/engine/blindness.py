"""When the patrol cannot see: a service whose traffic CloudWatch does not tell, or all of them.

Before it: `bot.engine.patrol`, with what came of its question. After it: an incident of low
severity, once, and its end. Since when is known from beats in the store, one for each service that
was seen with traffic: one bad answer blinds every minute it covers, so minutes cannot be counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from bot.domain.duration import in_words
from bot.domain.incident import Incident, Source
from bot.domain.patrolled import PREFIX, Histories, fingerprint
from bot.domain.timeline import FILMOPS
from bot.domain.verdict import Verdict
from bot.engine.incidents import resolve
from bot.engine.opening import Report, report
from bot.engine.world import World
from bot.errors import Refused
from bot.topology import Service, Severity

SEEN = "patrol saw"
BLIND = "blind"
ALL = f"{PREFIX}*:{BLIND}"
REMEMBERED = timedelta(days=1)
"""A service that had no traffic for so long is not missed."""


async def answered(
    world: World,
    services: Iterable[Service],
    histories: Mapping[str, Histories],
    incidents: Mapping[str, Incident],
) -> None:
    """CloudWatch has told of these; of those it has not, or in part, since when."""
    now = world.clock.now()
    await world.store.pulse.beat(SEEN, FILMOPS, now)
    await _over(world, incidents.get(ALL))
    for service in services:
        key, name = fingerprint(service, BLIND), f"{SEEN} {service.key}"
        traffic = {history[-1].traffic for history in histories.get(service.key, {}).values()}
        if traffic & {Verdict.OK, Verdict.BREACH}:
            await world.store.pulse.beat(name, FILMOPS, now)
        if traffic and (Verdict.BLIND not in traffic or traffic & {Verdict.OK, Verdict.BREACH}):
            await _over(world, incidents.get(key))
            continue
        since = await _blind_since(world, name, now)
        if since is not None and key not in incidents:
            why = "" if traffic else "its load balancer or target groups are not there"
            await report(world, _report(service.title, key, now - since, why, service.key))


async def unanswered(world: World, why: str) -> None:
    """CloudWatch has told nothing at all."""
    now = world.clock.now()
    since = await _blind_since(world, SEEN, now)
    if since is None or await world.store.incidents.of_fingerprint(ALL) is not None:
        return
    await report(world, _report("Production", ALL, now - since, why))


async def _blind_since(world: World, name: str, now: datetime) -> datetime | None:
    """Since when, if it was seen before and that is too long ago."""
    last = await world.store.pulse.last(name)
    topology = world.topology
    allowed = topology.watch.blind_minutes * timedelta(seconds=topology.metrics.period_seconds)
    return last if last is not None and allowed <= now - last <= REMEMBERED else None


def _report(what: str, key: str, length: timedelta, why: str, service: str = "") -> Report:
    return Report(
        title=f"{what} is not watched: CloudWatch has not told its traffic for {in_words(length)}",
        severity=Severity.P3,
        source=Source.FILMOPS,
        fingerprint=key,
        by=FILMOPS,
        service=service,
        detail={"why": why, "next": "filmops check"},
    )


async def _over(world: World, incident: Incident | None) -> None:
    if incident is None:
        return
    with suppress(Refused):  # Somebody was faster.
        await resolve(world, incident.id, FILMOPS, via="FilmOps", text="CloudWatch tells again.")
