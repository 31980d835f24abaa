"""Nothing waits for a message that was lost: what should be moving is made to move.

Ticked every few seconds by each worker and scheduler; every part may be done by several at
once. A run or an approved request without a job gets one; what is overdue expires; an approval
still missing is asked for again; a held run pages, until PagerDuty has taken it, and ends its
service's maintenance window.
"""

from __future__ import annotations

import logging

from bot.domain.message import Message
from bot.domain.request import RequestState
from bot.domain.run import Run, RunState
from bot.domain.view import RequestView
from bot.engine.approvals import expire
from bot.engine.maintenance import end_failed
from bot.engine.world import World
from bot.errors import ConfigurationError, FilmOpsError, OperationFailed, Temporary
from bot.ports import ThreadNote

log = logging.getLogger("filmops.reconciler")


async def requeue(world: World) -> int:
    """Give a job to every running run and approved request that has none; how many."""
    carried = await world.jobs.carried()
    queued = 0
    for request in await world.store.requests.waiting():
        if request.state is RequestState.APPROVED and request.id not in carried:
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
    """Page level 1 once for each time a run came to be held; how many pages were taken."""
    paged = 0
    for run in await world.store.runs.open():
        if run.state is RunState.HELD and await _page(world, run):
            paged += 1
    return paged


async def _page(world: World, run: Run) -> bool:
    step = run.next_step
    key = f"held:{run.name}:{step.position if step else 0}:{step.attempt if step else 0}"
    if await world.store.cards.noted(key):
        return False
    try:
        await world.pager.page(
            key=key,
            level=1,
            summary=f"FilmOps {run.name} ({run.operation} of {run.resource}) is held",
            detail={"why": run.note, "next": f"/filmops show {run.name}, then Resume or Abort"},
        )
        text = f"Level 1 was paged: {run.name} is held."
    except Temporary as fault:
        log.warning("PagerDuty did not take the page for %s: %s", run.name, fault.message)
        return False
    except (OperationFailed, ConfigurationError) as fault:
        log.exception("PagerDuty refuses the page for %s", run.name)
        text = f"PagerDuty refuses to page ({fault.message}): page by hand. {fault.hint}".rstrip()
    note = ThreadNote(key=key, subject=run.name, message=Message(text=text))
    await world.store.cards.note(note, world.clock.now())
    return True


async def tick(world: World) -> None:
    """All of it, in the order of urgency; what fails keeps nothing after it from being done.

    Raises the first failure: Temporary when the database does not answer.
    """
    failures: list[FilmOpsError] = []
    for part in (page_held, end_failed, requeue, expire, remind):
        try:
            await part(world)
        except FilmOpsError as failure:
            failures.append(failure)
    if failures:
        raise failures[0]
