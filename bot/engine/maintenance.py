"""What maintenance windows hold back, and when it is let go before its time.

Before: `bot.engine.incidents` opens an alert's incident during a window with its climb put off to
the window's end; `bot.engine.resuming` begins it then. Here a window ends early: a person says so,
or a run on the service failed or is held, because then the alerts are no by-product of the work.
A window is never prolonged: the instant at which a held incident pages, once given, never moves
back. Who needs longer ends it and takes another, which holds what comes after.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from bot.domain.audit import Entry
from bot.domain.incident import Incident, IncidentState, Why
from bot.domain.listing import both
from bot.domain.lock import Lock, LockKind
from bot.domain.message import Message
from bot.domain.run import Run, RunState
from bot.domain.timeline import FILMOPS
from bot.engine.incidents import climb_again
from bot.engine.world import World
from bot.ports import ThreadNote

log = logging.getLogger("filmops.maintenance")

LATEST_RUNS = 5
"""A failed run further back than so many was there before the window."""


async def let_go(world: World, *, by: str = FILMOPS) -> tuple[Incident, ...]:
    """Have the ladder climbed for each incident that waits for a window which is not there (any
    more); which. Also what an alert held at the very moment the window ended comes to.
    """
    windows = await _windows(world, world.clock.now())
    climbing = []
    for incident in await world.store.incidents.unresolved(why=Why.MAINTENANCE):
        if not _waits(incident) or any(w.covers(f"service/{incident.service}") for w in windows):
            continue
        text = "The maintenance window ended early and it is still open: the ladder is climbed."
        moved = await climb_again(world, incident, Why.MAINTENANCE, text, by=by)
        if moved is not None:
            climbing.append(moved)
    return tuple(climbing)


async def end_failed(world: World) -> int:
    """End each window on a service where a run failed or is held since it began; how many."""
    now = world.clock.now()
    ended = 0
    for window in await _windows(world, now):
        run = await _failed(world, window)
        if run is None:
            continue
        log.warning("%s: maintenance ends early, %s is %s", window.resource, run.name, run.state)
        detail = {"owner": window.owner, "reason": window.reason, "because": run.name}
        entry = Entry(
            actor=FILMOPS, action="maintenance end", subject=window.resource, detail=detail
        )
        locks = world.store.locks
        if await locks.release(window.resource, window.kind, entry, now) is None:
            continue
        ended += 1
        await _say(world, window, run, await let_go(world))
    return ended


async def _windows(world: World, now: datetime) -> list[Lock]:
    held = await world.store.locks.held(now)
    return [lock for lock in held if lock.kind is LockKind.MAINTENANCE]


async def _failed(world: World, window: Lock) -> Run | None:
    runs = await world.store.runs.recent(resource=window.resource, limit=LATEST_RUNS)
    failed = [(run, _failed_at(run)) for run in runs]
    return next((run for run, at in failed if at is not None and at > window.taken_at), None)


def _failed_at(run: Run) -> datetime | None:
    """When it failed or came to be held; None when it did neither."""
    if run.state is RunState.FAILED:
        return run.ended_at
    if run.state is RunState.HELD:
        step = run.next_step
        return step.ended_at if step is not None else run.started_at
    return None


async def _say(world: World, window: Lock, run: Run, climbing: Sequence[Incident]) -> None:
    what = window.resource.removeprefix("service/")
    names = both([incident.name for incident in climbing])
    then = f" {names} had waited for it: the ladder is climbed now." if names else ""
    text = f"The maintenance window of {what} ended early, because {run.name} is {run.state}.{then}"
    note = ThreadNote(
        key=f"maintenance:{run.name}:{window.taken_at.isoformat()}",
        subject=run.name,
        message=Message(text=text),
    )
    await world.store.cards.note(note, world.clock.now())


def _waits(incident: Incident) -> bool:
    return incident.state is IncidentState.OPEN and incident.resume_why is Why.MAINTENANCE
