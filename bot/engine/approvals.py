"""A second person's yes or no, and steering a run: every click that decides something.

Before it: a card with buttons that carry an id and nothing else. After the last yes: launch,
by the job queue. All state is read again here; the store's conditional write has the last word.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.audit import Entry
from bot.domain.checklist import still_open
from bot.domain.permission import may_answer, may_approve
from bot.domain.reasons import Obstacle, Reason
from bot.domain.request import Answer, Approval, Decided, Decision, Request, RequestState
from bot.domain.run import Control, Run, RunState
from bot.engine.change import part
from bot.engine.operation import Asking
from bot.engine.world import World
from bot.errors import Refused


async def decide(world: World, asking: Asking, request_id: int, answer: Answer) -> str:
    """Count a click; the sentence for the one who clicked. Raises Refused with the reason."""
    request = await world.store.requests.get(request_id)
    if request is None:
        raise _unknown(request_id)
    await _check(world, asking, request, answer)
    approval = Approval(
        actor=asking.actor, answer=answer, plan_hash=request.plan.hash, at=asking.now
    )
    detail = {"plan": request.plan.hash, "operation": request.operation}
    entry = Entry(actor=asking.actor, action=answer, subject=request.name, detail=detail)
    decision = await world.store.requests.decide(request_id, approval, entry)
    if decision is None:
        raise _unknown(request_id)
    if decision.outcome is Decided.APPROVED and request.plan.due(asking.now):
        await world.jobs.launch(request_id, request.plan.resource)
    return _sentence(decision)


async def _check(world: World, asking: Asking, request: Request, answer: Answer) -> None:
    """Permission first: somebody without it learns nothing about the request's state."""
    roles = await world.people.roles(asking.actor)
    topology = world.topology
    own_no = answer is Answer.REJECT and asking.actor == request.actor
    if own_no:
        return
    if answer is Answer.APPROVE:
        obstacle = may_approve(
            topology, roles, request.risk, actor=asking.actor, requester=request.actor
        )
    else:
        obstacle = may_answer(topology, roles, request.risk)
    if obstacle is None and answer is Answer.APPROVE and _waits(request, asking):
        ticks = await world.store.ticks.of(request.name)
        obstacle = still_open(request.name, request.plan.boxes, ticks)
    if obstacle is not None:
        await refuse(world, asking, f"{answer}.refused", request.name, [obstacle])


def _waits(request: Request, asking: Asking) -> bool:
    """Whether a yes would still count: otherwise what became of it is the answer."""
    return request.state is RequestState.PLANNED and asking.now < request.expires_at


def _sentence(decision: Decision) -> str:
    request, outcome = decision.request, decision.outcome
    match outcome:
        case Decided.COUNTED:
            return f"Counted. {request.name} needs {request.still_needed} more."
        case Decided.APPROVED:
            at = request.plan.start_at
            when = f" at {at:%Y-%m-%d %H:%M} UTC" if at is not None else ""
            return (
                f"Approved. {request.name} is checked against the live state{when}, then it starts."
            )
        case Decided.REJECTED:
            return f"{request.name} is rejected; nothing was done."
        case Decided.TWICE:
            raise Refused(
                f"You have answered {request.name} already.", code=Reason.ALREADY_APPROVED
            )
        case Decided.EXPIRED:
            raise Refused(
                f"{request.name} expired at {request.expires_at:%H:%M} UTC; nothing was done.",
                code=Reason.EXPIRED,
                hint=f"/filmops {request.words}",
            )
        case Decided.TOO_LATE:
            raise Refused(_who_was_first(request), code=Reason.ALREADY_DECIDED)


_BY_AN_ANSWER = (RequestState.APPROVED, RequestState.STARTED, RequestState.REJECTED)
"""States that the last answer brought; others have a note that says what did."""


def _who_was_first(request: Request) -> str:
    if request.approvals and request.state in _BY_AN_ANSWER:
        last = request.approvals[-1]
        verb = "approved" if last.answer is Answer.APPROVE else "rejected"
        return (
            f"{request.name} is {request.state} already: <@{last.actor}> {verb} it at "
            f"{last.at:%H:%M:%S} UTC."
        )
    return f"{request.name} is {request.state} already. {request.note}".rstrip()


async def cancel(world: World, asking: Asking, request_id: int) -> str:
    """Keep an approved request from beginning when its time comes.

    Who asked may, and who may decide about that risk. One that has begun is steered instead.
    """
    request = await world.store.requests.get(request_id)
    if request is None:
        raise _unknown(request_id)
    obstacle = may_answer(world.topology, await world.people.roles(asking.actor), request.risk)
    if obstacle is not None and asking.actor != request.actor:
        await refuse(world, asking, "cancel.refused", request.name, [obstacle])
    cancelled = await world.store.requests.settle(
        request_id,
        expected=RequestState.APPROVED,
        state=RequestState.CANCELLED,
        note=f"Cancelled by <@{asking.actor}>.",
        entry=Entry(actor=asking.actor, action="cancel", subject=request.name),
        now=asking.now,
    )
    if not cancelled:
        present = await world.store.requests.get(request_id) or request
        raise Refused(
            f"{present.name} is {present.state}: there is nothing to cancel.",
            code=Reason.ALREADY_DECIDED,
            hint=f"/filmops show {present.name}",
        )
    return f"{request.name} is cancelled; nothing was done."


async def steer(world: World, asking: Asking, run_id: int, control: Control) -> str:
    """Pause or abort an open run: honoured between two attempts, at once when it waits."""
    run, request = await _steerable(world, asking, run_id)
    if control is Control.ABORT and run.state is not RunState.RUNNING:
        return await _abort_standing(world, asking, run, request)
    entry = Entry(actor=asking.actor, action=f"run.{control}", subject=run.name)
    if run.state is not RunState.RUNNING or not await world.store.runs.control(
        run_id, control, entry, asking.now
    ):
        raise _ended(run)
    step = run.next_step
    if step is not None:
        await world.jobs.step(run_id, step.position, step.attempt, request.plan.resource)
    return f"{run.name} will {control} before its next call."


async def resume(world: World, asking: Asking, run_id: int) -> str:
    """Let a paused or held run go on from the step it stands at."""
    run, request = await _steerable(world, asking, run_id)
    entry = Entry(actor=asking.actor, action="run.resume", subject=run.name)
    moved = await world.store.runs.move(
        run_id,
        expected=(RunState.PAUSED, RunState.HELD),
        state=RunState.RUNNING,
        note=f"Resumed by <@{asking.actor}>.",
        entry=entry,
        now=asking.now,
    )
    if not moved:
        raise _ended(run)
    step = run.next_step
    if step is not None:
        await world.jobs.step(run_id, step.position, step.attempt, request.plan.resource)
    return f"{run.name} goes on."


async def promote(world: World, asking: Asking, run_id: int) -> str:
    """Let the present step be enough: it waits no longer, and the run goes on."""
    run, request = await _steerable(world, asking, run_id)
    step = run.next_step
    if run.state is not RunState.RUNNING or step is None or not step.spec.promotable:
        raise _ended(run)
    entry = Entry(
        actor=asking.actor, action="run.promote", subject=run.name, detail={"step": step.spec.name}
    )
    if not await world.store.runs.promote(
        run_id, step.position, by=asking.actor, entry=entry, now=asking.now
    ):
        raise _ended(run)
    await world.jobs.step(run_id, step.position, step.attempt, request.plan.resource)
    return f"{run.name} goes on from step {step.position + 1} as soon as it has looked once more."


async def _abort_standing(world: World, asking: Asking, run: Run, request: Request) -> str:
    if run.has_way_back:
        return await _turn_standing(world, asking, run, request)
    moved = await world.store.runs.move(
        run.id,
        expected=(RunState.PAUSED, RunState.HELD),
        state=RunState.ABORTED,
        note=f"Aborted by <@{asking.actor}>. What was done stays done: /filmops status.",
        entry=Entry(actor=asking.actor, action="run.abort", subject=run.name),
        now=asking.now,
        change=part(run, request, asking.now),
    )
    if not moved:
        raise _ended(run)
    return f"{run.name} is aborted; what was done stays done."


async def _turn_standing(world: World, asking: Asking, run: Run, request: Request) -> str:
    turned = await world.store.runs.turn(
        run.id,
        expected=(RunState.PAUSED, RunState.HELD),
        ends=RunState.ABORTED,
        note=f"Aborted by <@{asking.actor}>. It goes back first: what it changed is put back.",
        entry=Entry(actor=asking.actor, action="run.abort", subject=run.name),
        now=asking.now,
    )
    if not turned:
        raise _ended(run)
    present = await world.store.runs.get(run.id)
    step = present.next_step if present is not None else None
    if step is not None:
        await world.jobs.step(run.id, step.position, step.attempt, request.plan.resource)
    return f"{run.name} is aborted; what it changed is put back first."


async def _steerable(world: World, asking: Asking, run_id: int) -> tuple[Run, Request]:
    run = await world.store.runs.get(run_id)
    request = await world.store.requests.get(run_id)
    if run is None or request is None:
        raise _unknown(run_id)
    roles = await world.people.roles(asking.actor)
    obstacle = may_answer(world.topology, roles, request.risk)
    if obstacle is not None and asking.actor != request.actor:
        await refuse(world, asking, "steer.refused", run.name, [obstacle])
    return run, request


async def refuse(
    world: World, asking: Asking, action: str, subject: str, obstacles: Sequence[Obstacle]
) -> None:
    """Write the refusal down and raise it: an auditor wants to see who tried."""
    first = obstacles[0]
    detail = {"code": first.code}
    entry = Entry(actor=asking.actor, action=action, subject=subject, detail=detail)
    await world.store.audit.append(entry, asking.now)
    raise Refused(first.message, code=first.code, hint=first.unblock)


async def expire(world: World) -> int:
    """Settle planned requests whose time is up; how many there were."""
    now = world.clock.now()
    overdue = await world.store.requests.overdue(now)
    for request in overdue:
        await world.store.requests.settle(
            request.id,
            expected=RequestState.PLANNED,
            state=RequestState.EXPIRED,
            note=f"Nobody approved in time. Ask again: /filmops {request.words}",
            entry=Entry(actor="filmops", action="expire", subject=request.name),
            now=now,
        )
    return len(overdue)


def _unknown(request_id: int) -> Refused:
    return Refused(
        f"There is no R{request_id} here (any more); the list has the recent ones.",
        code=Reason.UNKNOWN_REQUEST,
        hint="/filmops operations",
    )


def _ended(run: Run) -> Refused:
    return Refused(
        f"{run.name} is {run.state}; that cannot be done to it now.",
        code=Reason.ALREADY_DECIDED,
        hint=f"/filmops show {run.name}",
    )
