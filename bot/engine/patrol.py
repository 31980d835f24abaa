"""The patrol: production judged once a period, while nobody deploys.

Before it: the scheduler; of several the first one of a period does it. After it: an incident when
a trigger calls (runbook, *Automatic Rollback Triggers*), a rollback if it would help
(`bot.engine.proposing`), and the incident's end. Nothing is kept in between: all is made anew from
CloudWatch and the store, so a restart neither forgets an episode nor reports it twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import timedelta

from bot.domain.attention import live_colours
from bot.domain.incident import Incident
from bot.domain.listing import both
from bot.domain.live import Missing
from bot.domain.patrolled import (
    PREFIX,
    Histories,
    calling,
    fingerprint,
    serving,
    watched_services,
    worst,
)
from bot.domain.timeline import FILMOPS
from bot.domain.verdict import floor
from bot.domain.watch import Trigger, history_of, is_over
from bot.domain.window import latest
from bot.engine.blindness import answered, unanswered
from bot.engine.dispatch import Dispatch
from bot.engine.incidents import resolve
from bot.engine.look import NEEDS as LOOK
from bot.engine.look import part
from bot.engine.proposing import respond
from bot.engine.world import World
from bot.errors import FilmOpsError, OperationFailed, Refused, Temporary
from bot.topology import Colour, Patrol, Service

PATROL = "patrol"
NEEDS = ("metrics.minutes_of", *LOOK, "databases.snapshots")
"""What it asks of AWS: to see, and for the plan of the rollback that it has asked for."""


async def patrol(world: World, dispatch: Dispatch) -> None:
    """One round, unless another scheduler has made this period's.

    What fails of one service keeps nothing of the others; the first failure is raised at the end.
    """
    topology, now = world.topology, world.clock.now()
    if topology.watch.production is Patrol.OFF:
        return
    since = floor(now, topology.metrics.period_seconds)
    if not await world.store.pulse.turn(PATROL, since=since, now=now):
        return
    busy = {run.resource for run in await world.store.runs.open()}
    locks = await world.store.locks.held(now)
    services = watched_services(topology, busy=busy, locks=locks)
    histories = await _histories(world, services)
    incidents = {
        one.fingerprint: one for one in await world.store.incidents.unresolved(begins=PREFIX)
    }
    await answered(world, services, histories, incidents)
    failures: list[FilmOpsError] = []
    for service in services:
        try:
            if service.key in histories:
                await _look(world, dispatch, service, histories[service.key], incidents)
        except FilmOpsError as failure:
            failures.append(failure)
    if failures:
        raise failures[0]


async def _histories(world: World, services: Collection[Service]) -> Mapping[str, Histories]:
    """The last minutes of all of them, twice as many as a trigger needs: it calls by one half, and
    is over by the other.
    """
    topology = world.topology
    starts = latest(world.clock.now(), topology.metrics, 2 * topology.watch.trigger_minutes)
    end = starts[-1] + timedelta(seconds=topology.metrics.period_seconds)
    try:
        told = await world.aws.metrics.minutes_of(list(services), start=starts[0], end=end)
    except (Temporary, OperationFailed) as fault:
        await unanswered(world, fault.message)
        raise
    return {
        key: {
            colour: history_of(minutes.get(colour, ()), starts, topology.thresholds, topology.watch)
            for colour in Colour
        }
        for key, minutes in told.items()
    }


async def _look(
    world: World,
    dispatch: Dispatch,
    service: Service,
    histories: Histories,
    incidents: Mapping[str, Incident],
) -> None:
    """Weights are read only where something calls, or has called and may be over."""
    watching = world.topology.watch
    keys = {trigger: fingerprint(service, trigger) for trigger in Trigger}
    ours = {trigger: incidents[key] for trigger, key in keys.items() if key in incidents}
    calls = calling(histories, watching)
    if not calls and not ours:
        return
    routes = await part(world.aws.traffic.routes(service))
    if isinstance(routes, Missing):
        live = serving(histories, watching)
    else:
        live = live_colours(routes)
        await _end(world, {c: histories[c] for c in Colour if c in live}, ours)
    if not calls:
        return
    reported = await world.store.incidents.recent(service=service.key)
    called = worst(service, histories, live, reported=reported, topology=world.topology)
    if called is not None:
        unread = routes if isinstance(routes, Missing) else None
        await respond(world, dispatch, called, ours, unread=unread)


async def _end(world: World, live: Histories, ours: Mapping[Trigger, Incident]) -> None:
    """Resolve what is over on every colour that serves now."""
    watching = world.topology.watch
    for trigger, incident in ours.items():
        if not live or not all(is_over(h, trigger, watching) for h in live.values()):
            continue
        colours = both([str(colour) for colour in live])
        text = f"Over: {watching.trigger_minutes} closed minutes without it on {colours}."
        with suppress(Refused):  # Somebody was faster.
            await resolve(world, incident.id, FILMOPS, via="FilmOps", text=text)
