"""Nothing waits for a message that was lost: what should be moving is made to move.

Ticked every few seconds by each worker and scheduler; every part may be done by several at
once. A run or an approved request without a job gets one; what is overdue expires; an approval
still missing is asked for again; a held run is an incident while it is held, and ends its
service's maintenance window; a rollback is followed by what is left to do.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from bot.domain.incident import Source
from bot.domain.message import Message
from bot.domain.request import RequestState
from bot.domain.run import Run, RunState
from bot.domain.timeline import FILMOPS
from bot.domain.view import RequestView
from bot.engine.afterwards import follow_up
from bot.engine.approvals import expire
from bot.engine.incidents import resolve
from bot.engine.maintenance import end_failed
from bot.engine.opening import Report, report
from bot.engine.world import World
from bot.errors import FilmOpsError, Refused
from bot.ports import ThreadNote
from bot.topology import Severity

HELD = "held:"
"""How the fingerprints of held runs' incidents begin."""


async def requeue(world: World) -> int:
    """Give a job to every running run and approved request that has none; how many.

    A request for later gets its one when its time has come: a job that waits for hours would
    keep others on its resource waiting.
    """
    carried = await world.jobs.carried()
    now, queued = world.clock.now(), 0
    for request in await world.store.requests.waiting():
        ready = request.state is RequestState.APPROVED and request.plan.due(now)
        if ready and request.id not in carried:
            await world.jobs.launch(request.id, request.plan.resource)
            queued += 1
    for run in await world.store.runs.open():
        if run.state is not RunState.RUNNING or run.id in carried:
            continue
        step = run.next_step
        position, attempt = (step.position, step.attempt) if step else (len(run.steps), 0)
        await world.jobs.step(run.id, position, attempt, run.resource)
        queued += 1
    return queued


async def remind(world: World) -> int:
    """Put a note under the card of each request whose approval is late; how many."""
    now = world.clock.now()
    after = {str(risk): rule.remind_seconds for risk, rule in world.topology.risks.items()}
    late = await world.store.requests.to_remind(now, after=after)
    for request in late:
        view = RequestView(
            request=request,
            run=None,
            approvers=world.topology.risks[request.risk].approve,
            now=now,
        )
        note = ThreadNote(
            key=f"reminder:{request.id}", subject=request.name, message=world.voice.reminder(view)
        )
        await world.store.cards.note(note, now)
    return len(late)


async def page_held(world: World) -> int:
    """An incident, once, for each time a run came to be held; how many were opened."""
    held = {_holding(run): run for run in await world.store.runs.open() if _is_held(run)}
    await _go_on(world, held)
    opened = 0
    for key, run in held.items():
        if not await world.store.cards.noted(key):
            await _report(world, key, run)
            opened += 1
    return opened


def _is_held(run: Run) -> bool:
    return run.state is RunState.HELD


def _holding(run: Run) -> str:
    """What is the same while a run is held, and another when it is held again."""
    step = run.next_step
    return f"{HELD}{run.name}:{step.position if step else 0}:{step.attempt if step else 0}"


async def _report(world: World, key: str, run: Run) -> None:
    service = run.resource.removeprefix("service/")
    opened = await report(
        world,
        Report(
            title=f"{run.name} ({run.operation} of {run.resource}) is held",
            severity=Severity.P2,
            source=Source.FILMOPS,
            fingerprint=key,
            by=FILMOPS,
            service=service if service in world.topology.services else "",
            detail={"why": run.note, "next": f"/filmops show {run.name}, then Resume or Abort"},
        ),
    )
    text = f"{run.name} is held: {opened.incident.name} pages for it until somebody acknowledges."
    note = ThreadNote(key=key, subject=run.name, message=Message(text=text))
    await world.store.cards.note(note, world.clock.now())


async def _go_on(world: World, held: Collection[str]) -> None:
    """Resolve the incidents of runs that are not held any more, or held anew."""
    for incident in await world.store.incidents.unresolved(begins=HELD):
        key = incident.fingerprint
        if key in held:
            continue
        name = key.split(":")[1]
        # Somebody else may just have resolved it: then there is nothing left to say.
        with suppress(Refused):
            text = f"{name} is not held as it was then any more."
            await resolve(world, incident.id, FILMOPS, via="FilmOps", text=text)


async def tick(world: World) -> None:
    """All of it, in the order of urgency; what fails keeps nothing after it from being done.

    Raises the first failure: Temporary when the database does not answer.
    """
    failures: list[FilmOpsError] = []
    # A window that a held run ends must not hold back the incident of that run.
    for part in (end_failed, page_held, requeue, expire, remind, follow_up):
        try:
            await part(world)
        except FilmOpsError as failure:
            failures.append(failure)
    if failures:
        raise failures[0]
