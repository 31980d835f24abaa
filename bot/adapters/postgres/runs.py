"""The journal of runs; the fenced writes of their steps are in bot.adapters.postgres.steps.

Locks are taken in one order everywhere (run < step < card < audit head), so that two writers
of one run wait for each other and never for a circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.adapters.postgres.audit import append
from bot.adapters.postgres.pool import Connection, Pool, connected, row, rows, run, transaction
from bot.adapters.postgres.steps import PostgresSteps
from bot.adapters.stored import CHANGE, RUN, clean, written
from bot.domain.audit import Entry
from bot.domain.plan import Plan
from bot.domain.request import Request, RequestState
from bot.domain.run import ChangeLogEntry, Control, Run, RunState


class PostgresRuns(PostgresSteps):
    """bot.ports.Runs."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._pool = pool

    async def start(
        self, request: Request, plan: Plan, *, release: str, entry: Entry, now: datetime
    ) -> Run | None:
        """approved → started, with one row a step; None when that may not be (any more)."""
        async with transaction(self._pool) as connection:
            found = await row(connection, "lock_request", id=request.id)
            if found is None or found["state"] != RequestState.APPROVED:
                return None
            made = await row(
                connection,
                "insert_run",
                id=request.id,
                operation=plan.operation,
                resource=plan.resource,
                release=release,
                now=now,
            )
            if made is None:
                return None
            await _insert_steps(connection, request.id, plan)
            await run(
                connection,
                "set_request",
                id=request.id,
                state=RequestState.STARTED,
                settled_at=None,
            )
            await append(connection, entry, now)
            return await _get(connection, request.id)

    async def get(self, run_id: int) -> Run | None:
        """One run with its steps."""
        async with connected(self._pool) as connection:
            return await _get(connection, run_id)

    async def open(self) -> tuple[Run, ...]:
        """All that are running, paused or held, oldest first."""
        return await self._many("open_runs")

    async def recent(self, *, resource: str | None = None, limit: int = 20) -> tuple[Run, ...]:
        """The newest first."""
        if resource is None:
            return await self._many("recent_runs", limit=limit)
        return await self._many("recent_runs_of", resource=resource, limit=limit)

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
        async with transaction(self._pool) as connection:
            found = await row(connection, "lock_run", id=run_id)
            if found is None or RunState(found["state"]) not in expected:
                return False
            running = state is RunState.RUNNING
            if running:
                await run(connection, "revive_step", run=run_id)
            elif not await _gave_up(connection, run_id, now):
                return False
            await run(
                connection,
                "move_run",
                id=run_id,
                state=state,
                note=clean(note),
                control=Control.NONE if running else None,
                ended_at=None if state.open else now,
            )
            if change is not None:
                await run(connection, "insert_change", **_columns(change))
            await append(connection, entry, now)
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
        async with transaction(self._pool) as connection:
            found = await row(connection, "lock_run", id=run_id)
            if found is None or RunState(found["state"]) not in expected:
                return False
            if not await _gave_up(connection, run_id, now):
                return False
            turned = await row(connection, "turn_run", id=run_id, turned=ends, note=clean(note))
            if turned is None:
                return False
            await append(connection, entry, now)
            return True

    async def promote(
        self, run_id: int, position: int, *, by: str, entry: Entry, now: datetime
    ) -> bool:
        """Note on a promotable step that has not ended who says that it is enough; once."""
        async with transaction(self._pool) as connection:
            await row(connection, "lock_run", id=run_id)
            promoted = await row(
                connection, "promote_step", run=run_id, position=position, by=clean(by)
            )
            if promoted is None:
                return False
            await append(connection, entry, now)
            return True

    async def control(self, run_id: int, control: Control, entry: Entry, now: datetime) -> bool:
        """Ask an open run to pause or abort; False when it has ended."""
        async with transaction(self._pool) as connection:
            asked = await row(connection, "control_run", id=run_id, control=control)
            if asked is None:
                return False
            await append(connection, entry, now)
            return True

    async def changes(
        self, *, resource: str | None = None, since: datetime | None = None, limit: int = 20
    ) -> tuple[ChangeLogEntry, ...]:
        """The change log, newest first; `since` an instant, that one included."""
        wanted = {"since": since, "limit": limit}
        async with connected(self._pool) as connection:
            if resource is None:
                found = await rows(connection, "recent_changes", **wanted)
            else:
                found = await rows(connection, "recent_changes_of", resource=resource, **wanted)
        return tuple(CHANGE.validate_python(change) for change in found)

    async def _many(self, name: str, **params: Any) -> tuple[Run, ...]:
        async with connected(self._pool) as connection:
            found = await rows(connection, name, **params)
        return tuple(RUN.validate_python(entry) for entry in found)


async def _gave_up(connection: Connection, run_id: int, now: datetime) -> bool:
    """Take the step from a worker that died or sleeps; False when one is at work. The run is
    locked.
    """
    if any(
        step["leased"] for step in await rows(connection, "lock_running_steps", run=run_id, now=now)
    ):
        return False
    await run(connection, "give_up_steps", run=run_id)
    return True


async def _get(connection: Connection, run_id: int) -> Run | None:
    found = await row(connection, "get_run", id=run_id)
    return None if found is None else RUN.validate_python(found)


async def _insert_steps(connection: Connection, run_id: int, plan: Plan) -> None:
    for position, step in enumerate(plan.steps):
        await run(
            connection,
            "insert_step",
            run=run_id,
            position=position,
            name=step.name,
            title=clean(step.title),
            args=written(step.args),
            calls=written(step.calls),
            back=step.back,
            promotable=step.promotable,
        )


def _columns(change: ChangeLogEntry) -> dict[str, Any]:
    return {
        "run": change.run,
        "resource": change.resource,
        "operation": change.operation,
        "summary": clean(change.summary),
        "before": clean(change.before),
        "after": clean(change.after),
        "asked_by": change.asked_by,
        "approved_by": list(change.approved_by),
        "at": change.at,
        "detail": written(change.detail),
    }
