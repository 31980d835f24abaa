"""What the patrol does about a trigger that has called: an incident, and a rollback if it helps.

Before it: `bot.engine.patrol`. After it: people, paged by the incident, who approve the rollback,
or see it start at once where the topology says so. For one episode, which is as long as its
incident is open, a rollback is asked for once.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from bot.domain.incident import Happening, Incident, Source
from bot.domain.live import Missing
from bot.domain.patrolled import Called
from bot.domain.reasons import Reason
from bot.domain.request import Request, RequestState
from bot.domain.run import Run, RunState
from bot.domain.timeline import FILMOPS, quoted
from bot.domain.watch import Trigger
from bot.domain.watch_words import found, watched
from bot.domain.way_back import Back, Stay, would_help
from bot.engine.dispatch import Asked, Dispatch
from bot.engine.look import part
from bot.engine.opening import Report, report
from bot.engine.world import World
from bot.errors import FilmOpsError, Refused, Temporary
from bot.topology import Patrol

log = logging.getLogger("filmops.patrol")

ROLLBACK, DEPLOY = "rollback", "deploy"
NOT_PROPOSED = "not_proposed"
_PRE_APPROVED = "filmops.toml says watch.production = rollback"
_WAITING = (RequestState.PLANNED, RequestState.APPROVED)


async def respond(
    world: World,
    dispatch: Dispatch,
    called: Called,
    ours: Mapping[Trigger, Incident],
    *,
    unread: Missing | None,
) -> None:
    """Report it unless an incident as severe is open for it, and have traffic go back if that would
    help. `unread`: the weights, when they could not be read.
    """
    incident = _episode(called, ours)
    began = min(called.firing.since, incident.opened_at) if incident else called.firing.since
    asked = await _asked(world, called, began)
    if incident is not None and (asked is not None or await _refused(world, incident)):
        return
    back = _unsure(unread) if unread else await _way_back(world, called)
    if incident is None:
        incident = (await report(world, _report(world, called, back, asked))).incident
    if asked is None and isinstance(back, Back):
        await _ask(world, dispatch, called, incident)


def _episode(called: Called, ours: Mapping[Trigger, Incident]) -> Incident | None:
    """The incident it belongs to: its own, or one as severe that the service has already."""
    own = ours.get(called.firing.trigger)
    return own or next((one for one in ours.values() if one.severity <= called.severity), None)


async def _asked(world: World, called: Called, began: datetime) -> Request | None:
    """A rollback of the service that waits, or that somebody has asked for since then."""
    recent = await world.store.requests.recent(resource=called.service.resource)
    return next(
        (
            request
            for request in recent
            if request.operation == ROLLBACK
            and (request.state in _WAITING or request.asked_at >= began)
        ),
        None,
    )


async def _refused(world: World, incident: Incident) -> bool:
    """Whether one could not be asked for in this episode."""
    timeline = await world.store.incidents.timeline(incident.id)
    return any(line.kind == NOT_PROPOSED for line in timeline)


async def _way_back(world: World, called: Called) -> Back | Stay:
    """Whether the other colour would do, by what it is now and by what moved traffic last."""
    service, old = called.service, called.colour.other
    runs = await world.store.runs.recent(resource=service.resource)
    last = next((run for run in runs if run.operation in (ROLLBACK, DEPLOY)), None)
    against = _against(last, called) if last is not None else ""
    if against:
        return Stay(reason=against)
    return would_help(
        called.firing.trigger,
        old=old,
        minutes=called.histories[old],
        targets=await part(world.aws.traffic.targets(service, old)),
        reversible=last is None or _reversible(last),
        # Nothing was changed when it began: there is no before.
        database_before=None,
        thresholds=world.topology.thresholds,
        watching=world.topology.watch,
    )


def _against(last: Run, called: Called) -> str:
    """A colour that was left because it was bad is no way back, and neither is unfinished work."""
    old = called.colour.other
    if last.state is not RunState.SUCCEEDED:
        return f"{last.name} ({last.operation}) is {last.state}: what it left is for a person."
    steps = (step.spec.args.get("colour") for step in last.steps)
    if last.operation == ROLLBACK and str(called.colour) in steps:
        return f"{last.name} rolled back from {old} already, and nothing was deployed since."
    return ""


def _reversible(last: Run) -> bool:
    """What the last deployment was said to do to the schema, as its journal has it."""
    return all(step.spec.args.get("reversible", True) for step in last.steps)


def _unsure(unread: Missing) -> Stay:
    return Stay(reason=f"Where traffic goes could not be read ({unread.reason}).")


def _report(world: World, called: Called, back: Back | Stay, asked: Request | None) -> Report:
    service, history = called.service, called.histories[called.colour]
    seen = watched(
        history,
        wanted=len(history),
        now=world.clock.now(),
        period_seconds=world.topology.metrics.period_seconds,
    )
    what = found(called.firing.trigger, history)
    return Report(
        title=f"{service.title}: {what} on {called.colour}",
        severity=called.severity,
        source=Source.FILMOPS,
        fingerprint=called.fingerprint,
        by=FILMOPS,
        service=service.key,
        detail={
            "since": f"{called.firing.since:%H:%M} UTC",
            "seen": seen,
            "way back": f"{back.reason} {_then(back, asked)}",
            "look": f"/filmops status {service.key}",
        },
    )


def _then(back: Back | Stay, asked: Request | None) -> str:
    if asked is not None:
        return f"{asked.name} is a rollback already."
    return "A rollback is asked for." if isinstance(back, Back) else "Nothing is proposed."


async def _ask(world: World, dispatch: Dispatch, called: Called, incident: Incident) -> None:
    service, old = called.service, called.colour.other
    what = found(called.firing.trigger, called.histories[called.colour])
    since = f"{called.firing.since:%H:%M} UTC"
    words = f"rollback {service.key} --to {old} {what} on {called.colour} since {since}"
    at_once = world.topology.watch.production is Patrol.ROLLBACK
    try:
        carried = await dispatch.as_filmops(
            f"{words} ({incident.name})", pre_approved=_PRE_APPROVED if at_once else ""
        )
    except Temporary:
        raise
    except FilmOpsError as fault:
        if isinstance(fault, Refused) and fault.code == Reason.LIVE_STATE_UNKNOWN:
            log.warning("%s: %s", incident.name, fault.message)  # It may be known in a minute.
            return
        await _tell(world, incident, NOT_PROPOSED, f"No rollback was asked for: {fault.message}")
        return
    if not isinstance(carried, Asked):
        said = " ".join(obstacle.message for obstacle in carried.obstacles)
        await _tell(world, incident, NOT_PROPOSED, f"No rollback was asked for: {said}")
        return
    then = "it starts at once" if at_once else "it waits for approval"
    text = f"{carried.request.name} moves traffic back to {old}: {then}."
    await _tell(world, incident, "proposed", text)


async def _tell(world: World, incident: Incident, kind: str, text: str) -> None:
    line = Happening(at=world.clock.now(), kind=kind, actor=FILMOPS, text=quoted(text))
    await world.store.incidents.tell(incident.id, line, None)
