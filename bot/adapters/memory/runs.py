"""Twin of the journal of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.adapters.memory.steps import CLAIMABLE, MemorySteps
from bot.adapters.memory.tables import Tables
from bot.adapters.stored import PLAN, plain
from bot.domain.audit import Entry
from bot.domain.plan import Plan
from bot.domain.request import Request, RequestState
from bot.domain.run import RESUMED, ChangeLogEntry, Control, Run, RunState, Step, StepState


class MemoryRuns(MemorySteps):
    """bot.ports.Runs."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self._tables = tables

    async def start(
        self, request: Request, plan: Plan, *, release: str, entry: Entry, now: datetime
    ) -> Run | None:
        """approved → started, with one row a step; None when that may not be (any more)."""
        stored = self._tables.requests.get(request.id)
        if stored is None or stored.state is not RequestState.APPROVED:
            return None
        if any(run.resource == plan.resource for run in await self.open()):
            return None
        copied = PLAN.validate_python(plain(PLAN.dump_python(plan)))
        run = Run(
            id=request.id,
            operation=plan.operation,
            resource=plan.resource,
            state=RunState.RUNNING,
            steps=tuple(
                Step(position=position, spec=spec) for position, spec in enumerate(copied.steps)
            ),
            started_at=now,
            release=release,
        )
        self._tables.append(entry, now)
        self._tables.keep_run(run)
        self._tables.keep_request(replace(stored, state=RequestState.STARTED))
        return run

    async def get(self, run_id: int) -> Run | None:
        """One run with its steps."""
        return self._tables.runs.get(run_id)

    async def open(self) -> tuple[Run, ...]:
        """All that are running, paused or held, oldest first."""
        found = [run for run in self._tables.runs.values() if run.state.open]
        return tuple(sorted(found, key=_age))

    async def recent(self, *, resource: str | None = None, limit: int = 20) -> tuple[Run, ...]:
        """The newest first."""
        found = [r for r in self._tables.runs.values() if resource in (None, r.resource)]
        return tuple(sorted(found, key=_age, reverse=True)[:limit])

    async def move(
        self,
        run_id: int,
        *,
        expected: Sequence[RunState],
        state: RunState,
        note: str,
        entry: Entry,
        now: datetime,
        change: ChangeLogEntry | None = None,
    ) -> bool:
        """Change the run's state (and write the change log); False when not in `expected`."""
        run = self._tables.runs.get(run_id)
        if run is None or run.state not in expected:
            return False
        if state is not RunState.RUNNING:
            if _at_work(run, now):
                return False
            run = _given_up(run)
        detail = {} if change is None else plain(change.detail)
        self._tables.append(entry, now)
        moved = replace(run, state=state, note=note, ended_at=None if state.open else now)
        if state is RunState.RUNNING:
            moved = replace(moved, control=Control.NONE, steps=_revived(moved))
        self._tables.keep_run(moved)
        if change is not None:
            self._tables.changes.append(replace(change, detail=detail))
        return True

    async def turn(
        self,
        run_id: int,
        *,
        expected: Sequence[RunState],
        ends: RunState,
        note: str,
        entry: Entry,
        now: datetime,
    ) -> bool:
        """Have the run go its way back; False when it is not in `expected` or has turned."""
        run = self._tables.runs.get(run_id)
        if run is None or run.state not in expected or run.turned is not None:
            return False
        if _at_work(run, now):
            return False
        self._tables.append(entry, now)
        running = replace(_given_up(run), state=RunState.RUNNING, control=Control.NONE)
        self._tables.keep_run(replace(running, turned=ends, note=note))
        return True

    async def promote(
        self, run_id: int, position: int, *, by: str, entry: Entry, now: datetime
    ) -> bool:
        """Note on a promotable step that has not ended who says that it is enough; once."""
        run, step = self._find(run_id, position)
        if run is None or step is None or not step.spec.promotable or step.promoted_by:
            return False
        if step.state not in CLAIMABLE:
            return False
        self._tables.append(entry, now)
        self._keep(run, replace(step, promoted_by=by))
        return True

    async def control(self, run_id: int, control: Control, entry: Entry, now: datetime) -> bool:
        """Ask an open run to pause or abort; False when it has ended."""
        run = self._tables.runs.get(run_id)
        if run is None or not run.state.open:
            return False
        self._tables.append(entry, now)
        self._tables.keep_run(replace(run, control=control))
        return True

    async def changes(
        self, *, resource: str | None = None, since: datetime | None = None, limit: int = 20
    ) -> tuple[ChangeLogEntry, ...]:
        """The change log, newest first; `since` an instant, that one included."""
        found = [
            change
            for change in reversed(self._tables.changes)
            if resource in (None, change.resource) and (since is None or change.at >= since)
        ]
        return tuple(found[:limit])


def _age(run: Run) -> tuple[datetime, int]:
    return run.started_at, run.id


def _at_work(run: Run, now: datetime) -> bool:
    """Whether somebody holds one of its steps."""
    return any(
        step.state is StepState.RUNNING and step.lease_until is not None and step.lease_until > now
        for step in run.steps
    )


def _given_up(run: Run) -> Run:
    """A step whose worker died or sleeps is nobody's any more."""
    steps = tuple(
        replace(step, state=StepState.PENDING, lease_until=None)
        if step.state is StepState.RUNNING
        else step
        for step in run.steps
    )
    return replace(run, steps=steps)


def _revived(run: Run) -> tuple[Step, ...]:
    """The present step with its lives and faults back, and another try if it had failed."""
    present = run.next_step
    return tuple(_again(step) if step is present else step for step in run.steps)


def _again(step: Step) -> Step:
    progress = {name: value for name, value in step.progress.items() if name != "faults"}
    revived = replace(step, deaths=0, progress=progress, ended_at=None)
    if step.state is StepState.FAILED:
        revived = replace(
            revived,
            state=StepState.PENDING,
            result={},
            progress={RESUMED: True},
            started_at=None,
            promoted_by="",
        )
    return revived
