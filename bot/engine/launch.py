"""From the last approval to the first step: plan again from live state, compare, start.

Carried by the job queue, so that a process that dies between the click and the start loses
nothing. Asked twice it acts once: the store starts a request at most once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from bot.domain.audit import Entry
from bot.domain.checklist import still_open
from bot.domain.permission import approvals_needed
from bot.domain.plan import Moved, Plan, drift
from bot.domain.reasons import Reason
from bot.domain.request import Answer, Request, RequestState
from bot.domain.run import RunState
from bot.engine.dispatch import asking_again, in_the_way, make_plan
from bot.engine.operation import Context, Operation
from bot.engine.words import typed
from bot.engine.world import World
from bot.errors import OperationFailed, Refused, UserError

START_WITHIN = timedelta(minutes=1)
"""How long after its expiry an approved request may still start: an approval is for now, and
workers that were away for hours must not act on what people wanted then."""


class Launcher:
    """Starts approved requests."""

    def __init__(self, world: World, operations: Mapping[str, Operation]) -> None:
        self._world = world
        self._operations = operations

    async def launch(self, request_id: int) -> None:
        """Start it, or settle it with the reason. Raises Temporary: to be tried again."""
        request = await self._world.store.requests.get(request_id)
        if request is None or request.state is not RequestState.APPROVED:
            if request is not None and request.state is RequestState.STARTED:
                await self._begin(request.id)
            return
        now, plan = self._world.clock.now(), request.plan
        late = now > (plan.start_by or request.expires_at + START_WITHIN)
        if not plan.due(now) or (not late and await self._waits(request)):
            return  # The reconciler comes back when its time, or its turn, has come.
        if late:
            note = (
                f"Approved, and nobody could start it in time. Ask again: /filmops {request.words}"
            )
            await self._settle(request, RequestState.EXPIRED, note, code=Reason.EXPIRED)
            return
        operation = self._operations.get(request.operation)
        if operation is None:
            await self._settle(
                request, RequestState.REFUSED, f"This release has no {request.operation}."
            )
            return
        context = Context(
            world=self._world,
            asking=asking_again(request, self._world.clock.now()),
            operations=self._operations,
        )
        try:
            current = await self._replan(context, operation, request)
        except (Refused, OperationFailed, UserError) as refusal:
            if _passing(refusal) and plan.start_by is not None:
                return
            note = refusal.advice
            code = Reason.BAD_WORDS if isinstance(refusal, UserError) else refusal.code
            await self._settle(request, RequestState.REFUSED, note, code=code)
            return
        if current is not None:
            await self._start(request, current)

    async def _waits(self, request: Request) -> bool:
        """Whether another run is on its resource, and it may begin later."""
        open_runs = await self._world.store.runs.open() if request.plan.start_by else ()
        return any(run.resource == request.plan.resource for run in open_runs)

    async def _begin(self, run_id: int) -> None:
        """Queue the first step of a run that nobody has touched: who started it may be dead."""
        run = await self._world.store.runs.get(run_id)
        if run is None or run.state is not RunState.RUNNING:
            return
        step = run.next_step
        if step is not None and (step.position, step.attempt) == (0, 0):
            await self._world.jobs.step(run.id, 0, 0, run.resource)

    async def _replan(
        self, context: Context, operation: Operation, request: Request
    ) -> Plan | None:
        # This release's params and topology may know less than the one it was asked under.
        params = typed(operation, request.params, context.topology, context.now)
        current = await make_plan(context, operation, params)
        moved = drift(request.plan, current)
        if moved:
            note = f"{_drifted(moved)} Ask again for a new plan: /filmops {request.words}"
            await self._settle(request, RequestState.STALE, note, code="plan_stale")
            return None
        obstacles = await in_the_way(context.world, operation, current, context.asking)
        if obstacles:
            first = obstacles[0]
            raise Refused(first.message, code=first.code, hint=first.unblock)
        if not request.plan.pre_approved:
            await self._still_agreed(request, current)
        return current

    async def _still_agreed(self, request: Request, current: Plan) -> None:
        """What an incident since the approval, or another topology, asks of people besides. Raises
        Refused: an approval is of what was known then, and hours may lie between.
        """
        rule = self._world.topology.risks[request.risk]
        given = sum(1 for approval in request.approvals if approval.answer is Answer.APPROVE)
        again = f"Ask again: /filmops {request.words}"
        if given < approvals_needed(current, rule):
            why = "; ".join(current.more_approvals) or f"a {request.risk} operation needs more"
            raise Refused(
                f"{given} agreed, and by now that is too few: {why}.",
                code=Reason.PLAN_STALE,
                hint=again,
            )
        ticks = await self._world.store.ticks.of(request.name)
        unticked = still_open(request.name, current.boxes, ticks)
        if unticked is not None:
            raise Refused(unticked.message, code=unticked.code, hint=again)

    async def _start(self, request: Request, plan: Plan) -> None:
        world = self._world
        approvers = [approval.actor for approval in request.approvals]
        entry = Entry(
            actor="filmops",
            action="run.start",
            subject=request.name,
            detail={"plan": plan.hash, "approved_by": approvers, "release": world.release},
        )
        run = await world.store.runs.start(
            request, plan, release=world.release, entry=entry, now=world.clock.now()
        )
        if run is None:
            # Another worker was first, or another run took the resource since the gates were
            # asked. The first is fine; the second is said, by whoever looks next.
            return
        await world.jobs.step(run.id, 0, 0, plan.resource)

    async def _settle(
        self, request: Request, state: RequestState, note: str, *, code: str = "unknown_operation"
    ) -> None:
        await self._world.store.requests.settle(
            request.id,
            expected=RequestState.APPROVED,
            state=state,
            note=note,
            entry=Entry(
                actor="filmops",
                action=f"request.{state}",
                subject=request.name,
                detail={"code": code, "note": note},
            ),
            now=self._world.clock.now(),
        )


def _passing(refusal: Exception) -> bool:
    """AWS did not tell what there is: it may in a moment."""
    return isinstance(refusal, Refused) and refusal.code == Reason.LIVE_STATE_UNKNOWN


def _drifted(moved: tuple[Moved, ...]) -> str:
    """`The live state moved since the plan: default action: blue 100 → blue 50.`"""
    shown = "; ".join(f"{m.fact}: {m.approved} → {m.now}" for m in moved[:5])
    more = f"; and {len(moved) - 5} more" if len(moved) > 5 else ""
    return f"plan_stale: the live state is not what was approved. {shown}{more}."
