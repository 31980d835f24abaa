"""The fenced writes of a step: each names the attempt it is made for, or changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.adapters.postgres.pool import Pool, connected, row
from bot.adapters.stored import STEP, clean, tidy, written
from bot.domain.run import Step, StepState


class PostgresSteps:
    """The part of bot.ports.Runs that concerns single steps."""

    def __init__(self, pool: Pool) -> None:
        self._steps_pool = pool

    async def claim(
        self, run_id: int, position: int, *, attempt: int, lease_until: datetime, now: datetime
    ) -> Step | None:
        """Take the step's next attempt, or None when somebody else has or the run stands still."""
        async with connected(self._steps_pool) as connection:
            claimed = await row(
                connection,
                "claim_step",
                run=run_id,
                position=position,
                attempt=attempt,
                lease_until=lease_until,
                now=now,
            )
        return None if claimed is None else STEP.validate_python(claimed)

    async def renew(
        self, run_id: int, position: int, *, attempt: int, lease_until: datetime
    ) -> bool:
        """Prolong the lease; False when the attempt is not ours any more."""
        return await self._write("renew_step", run_id, position, attempt, lease_until=lease_until)

    async def wait(
        self,
        run_id: int,
        position: int,
        *,
        attempt: int,
        progress: Mapping[str, Any],
        now: datetime,  # noqa: ARG002 (the port's: a store may note when a look ended)
    ) -> bool:
        """RUNNING → WAITING with what the next look needs; False when fenced."""
        return await self._write(
            "wait_step", run_id, position, attempt, progress=written(tidy(progress))
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
        return await self._write(
            "finish_step",
            run_id,
            position,
            attempt,
            state=state,
            result=written(tidy(result)),
            now=now,
        )

    async def release(
        self,
        run_id: int,
        position: int,
        *,
        attempt: int,
        said: str,
        now: datetime,  # noqa: ARG002 (the port's: a store may note when the fault was)
    ) -> bool:
        """RUNNING → PENDING after a Temporary fault, the fault noted; False when fenced."""
        return await self._write("release_step", run_id, position, attempt, said=clean(said))

    async def _write(
        self, name: str, run_id: int, position: int, attempt: int, **params: Any
    ) -> bool:
        async with connected(self._steps_pool) as connection:
            written_row = await row(
                connection, name, run=run_id, position=position, attempt=attempt, **params
            )
        return written_row is not None
