"""Twin of the fenced writes of a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.adapters.memory.tables import Tables
from bot.adapters.stored import clean, tidy
from bot.domain.run import Run, RunState, Step, StepState

CLAIMABLE = (StepState.PENDING, StepState.RUNNING, StepState.WAITING)


class MemorySteps:
    """The part of bot.ports.Runs that concerns single steps."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def claim(
        self, run_id: int, position: int, *, attempt: int, lease_until: datetime, now: datetime
    ) -> Step | None:
        """Take the step's next attempt, or None when somebody else has or the run stands still."""
        run, step = self._find(run_id, position)
        if (
            run is None
            or step is None
            or run.state is not RunState.RUNNING
            or step.spec.back != (run.turned is not None)
            or step.attempt != attempt
            or step.state not in CLAIMABLE
            or (step.lease_until is not None and step.lease_until > now)
        ):
            return None
        claimed = replace(
            step,
            attempt=attempt + 1,
            deaths=step.deaths + (step.state is StepState.RUNNING),
            state=StepState.RUNNING,
            lease_until=lease_until,
            started_at=step.started_at or now,
        )
        self._keep(run, claimed)
        return claimed

    async def renew(
        self, run_id: int, position: int, *, attempt: int, lease_until: datetime
    ) -> bool:
        """Prolong the lease; False when the attempt is not ours any more."""
        return self._write(run_id, position, attempt, lease_until=lease_until)

    async def wait(
        self,
        run_id: int,
        position: int,
        *,
        attempt: int,
        progress: Mapping[str, Any],
        now: datetime,
    ) -> bool:
        """RUNNING → WAITING with what the next look needs; False when fenced."""
        return self._write(
            run_id,
            position,
            attempt,
            state=StepState.WAITING,
            lease_until=None,
            progress=tidy(progress),
        )

    async def finish(
        self,
        run_id: int,
        position: int,
        *,
        attempt: int,
        state: StepState,
        result: Mapping[str, Any],
        now: datetime,
    ) -> bool:
        """RUNNING → DONE or FAILED with its result; False when fenced."""
        return self._write(
            run_id,
            position,
            attempt,
            state=state,
            lease_until=None,
            result=tidy(result),
            ended_at=now,
        )

    async def release(
        self, run_id: int, position: int, *, attempt: int, said: str, now: datetime
    ) -> bool:
        """RUNNING → PENDING after a Temporary fault, the fault noted; False when fenced."""
        _, step = self._find(run_id, position)
        before = {} if step is None else step.progress
        progress = {**before, "said": clean(said), "faults": int(before.get("faults", 0)) + 1}
        return self._write(
            run_id,
            position,
            attempt,
            state=StepState.PENDING,
            lease_until=None,
            progress=progress,
        )

    def _find(self, run_id: int, position: int) -> tuple[Run | None, Step | None]:
        run = self._tables.runs.get(run_id)
        if run is None:
            return None, None
        return run, next((step for step in run.steps if step.position == position), None)

    def _write(self, run_id: int, position: int, attempt: int, **changes: Any) -> bool:
        run, step = self._find(run_id, position)
        if run is None or step is None:
            return False
        if step.attempt != attempt or step.state is not StepState.RUNNING:
            return False
        self._keep(run, replace(step, **changes))
        return True

    def _keep(self, run: Run, step: Step) -> None:
        steps = tuple(step if old.position == step.position else old for old in run.steps)
        self._tables.keep_run(replace(run, steps=steps))
