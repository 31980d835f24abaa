"""A run, one step attempt at a time: claim, look, act, read back, journal.

Carried by the job queue, which may deliver a job twice, late or beside another: the journal
decides (attempt numbers, leases), never the queue. Every way out of an attempt leaves either
the next job queued or a state a person sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.run import (
    DEATHS_TO_HOLD,
    Control,
    Run,
    RunState,
    Step,
    StepState,
)
from bot.engine.ending import TURNS, Ends
from bot.engine.lease import Lease, lease_end
from bot.engine.step import Back, Done, Hold, Outcome, StepCode, Wait, Work
from bot.engine.world import World
from bot.errors import Fenced, OperationFailed, Refused, Temporary

FAULTS_TO_HOLD = 20
"""Temporary faults of one step in a row before a person is asked (about ten minutes)."""

FIRST_BACKOFF, LONGEST_BACKOFF = 0.5, 30.0
CLAIMED_ELSEWHERE = 1.0
"""Seconds until a claim is tried again while another's lease may still hold."""


class Runner:
    """Carries runs. `steps` finds a step's code by the name in the journal."""

    def __init__(self, world: World, steps: Mapping[str, StepCode]) -> None:
        self._world = world
        self._steps = steps
        self._ends = Ends(world)

    async def carry(self, run_id: int, position: int, attempt: int) -> None:
        """Make attempt + 1 of a step, if that is still what the run needs."""
        run = await self._world.store.runs.get(run_id)
        if run is None or run.state is not RunState.RUNNING:
            return
        step = run.next_step
        if step is None:
            await self._ends.complete(run)
        elif (step.position, step.attempt) != (position, attempt):
            # An older job may have come back from a worker that died between journal and queue:
            # what comes next is then queued at once, not when the reconciler misses it.
            older = (position, attempt) < (step.position, step.attempt)
            if older and step.state in (StepState.PENDING, StepState.WAITING):
                await self._queue(run, step, None)
        elif step.state is StepState.FAILED:
            # The worker died between journaling the failure and what follows from it.
            await self._follow(run, step)
        elif run.control is not Control.NONE and not self._leased(step):
            await self._go_on_if_turned(run, await self._ends.obey(run))
        else:
            await self._attempt(run, step)

    def _leased(self, step: Step) -> bool:
        now = self._world.clock.now()
        return step.state is StepState.RUNNING and (step.lease_until or now) > now

    async def _attempt(self, run: Run, step: Step) -> None:
        now = self._world.clock.now()
        claimed = await self._world.store.runs.claim(
            run.id, step.position, attempt=step.attempt, lease_until=lease_end(now), now=now
        )
        if claimed is None:
            if self._leased(step):
                await self._queue(run, step, now + timedelta(seconds=CLAIMED_ELSEWHERE))
            return
        if claimed.deaths >= DEATHS_TO_HOLD:
            said = f"{claimed.deaths} workers died in step {step.position + 1}, {step.spec.title}."
            await self._conclude(run, claimed, Hold(said=said))
            return
        lease = Lease(
            self._world.clock,
            self._world.store.runs,
            run=run.id,
            position=step.position,
            attempt=claimed.attempt,
            until=claimed.lease_until or now,
        )
        async with lease.kept():
            try:
                await self._conclude(run, claimed, await self._do(run, claimed, lease))
            except Temporary as fault:
                await self._again(run, claimed, fault)
            except Fenced:
                return  # Whoever took over journals; this attempt's word no longer counts.

    async def _do(self, run: Run, step: Step, lease: Lease) -> Outcome:
        code = self._steps.get(step.spec.name)
        if code is None:
            return Hold(said=f"This release ({self._world.release}) has no step {step.spec.name}.")
        work = Work(
            world=self._world,
            run=run.id,
            args=step.spec.args,
            progress=step.progress,
            started_at=step.started_at or self._world.clock.now(),
            fence=lease.check,
            results={
                done.spec.name: done.result for done in run.steps if done.state is StepState.DONE
            },
            promoted_by=step.promoted_by,
            deaths=step.deaths,
        )
        try:
            return await _once(code, work)
        except (OperationFailed, Refused) as failure:
            return Hold(said=failure.advice)

    async def _conclude(self, run: Run, step: Step, outcome: Outcome) -> None:
        now = self._world.clock.now()
        runs = self._world.store.runs
        at: datetime | None = None
        if isinstance(outcome, Hold | Back):
            await self._fail(run, step, outcome, now)
            return
        if isinstance(outcome, Wait):
            at = now + timedelta(seconds=outcome.seconds)
            kept = await runs.wait(
                run.id, step.position, attempt=step.attempt, progress=outcome.progress, now=now
            )
        else:
            kept = await runs.finish(
                run.id,
                step.position,
                attempt=step.attempt,
                state=StepState.DONE,
                result={**outcome.detail, "said": outcome.said},
                now=now,
            )
        if kept:
            await self._next(run.id, at)

    async def _next(self, run_id: int, at: datetime | None) -> None:
        run = await self._world.store.runs.get(run_id)
        if run is None or run.state is not RunState.RUNNING:
            return
        step = run.next_step
        if step is None:
            await self._ends.complete(run)
        else:
            await self._queue(run, step, None if run.control is not Control.NONE else at)

    async def _queue(self, run: Run, step: Step, at: datetime | None) -> None:
        await self._world.jobs.step(run.id, step.position, step.attempt, run.resource, at=at)

    async def _again(self, run: Run, step: Step, fault: Temporary) -> None:
        now = self._world.clock.now()
        faults = int(step.progress.get("faults", 0)) + 1
        if faults >= FAULTS_TO_HOLD:
            said = f"{faults} faults in a row, the last: {fault.message}"
            await self._fail(run, step, Hold(said=said), now)
            return
        kept = await self._world.store.runs.release(
            run.id, step.position, attempt=step.attempt, said=fault.message, now=now
        )
        if kept:
            wait = fault.retry_after or min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (faults - 1))
            await self._next(run.id, now + timedelta(seconds=wait))

    async def _fail(self, run: Run, step: Step, outcome: Hold | Back, now: datetime) -> None:
        """First the step (fenced), then the run; the reconciler pages for held runs."""
        result = {"said": outcome.said, TURNS: isinstance(outcome, Back)}
        kept = await self._world.store.runs.finish(
            run.id,
            step.position,
            attempt=step.attempt,
            state=StepState.FAILED,
            result=result,
            now=now,
        )
        if kept:
            await self._follow(run, replace(step, state=StepState.FAILED, result=result))

    async def _follow(self, run: Run, step: Step) -> None:
        """What follows from a step that has failed: the way back, or standing still."""
        await self._go_on_if_turned(run, await self._ends.failed(run, step))

    async def _go_on_if_turned(self, run: Run, turned: bool) -> None:
        if turned:
            await self._next(run.id, None)


async def _once(code: StepCode, work: Work) -> Outcome:
    """Look whether it is done already, act if not, and read back."""
    if code.done is None:
        return await code.act(work)
    already = await code.done(work)
    if already is not None:
        return already
    work.fence()
    outcome = await code.act(work)
    if not isinstance(outcome, Done):
        return outcome
    confirmed = await code.done(work)
    if confirmed is None:
        raise Temporary("the change was accepted and cannot be read back yet", retry_after=1.0)
    return confirmed
