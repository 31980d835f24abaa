"""The journal of runs, and the queue that carries them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from bot.domain.audit import Entry
from bot.domain.plan import Plan
from bot.domain.request import Request
from bot.domain.run import ChangeLogEntry, Control, Run, RunState, Step, StepState


class Runs(Protocol):
    """The journal. A write with an attempt that is not the step's present one is refused."""

    async def start(
        self, request: Request, plan: Plan, *, release: str, entry: Entry, now: datetime
    ) -> Run | None:
        """approved → started, with one row a step; None when the resource has an open run or
        the request is not approved (any more).
        """
        ...

    async def get(self, run_id: int) -> Run | None:
        """One run with its steps."""
        ...

    async def open(self) -> tuple[Run, ...]:
        """All that are running, paused or held, oldest first."""
        ...

    async def recent(self, *, resource: str | None = None, limit: int = 20) -> tuple[Run, ...]:
        """The newest first."""
        ...

    async def claim(
        self, run_id: int, position: int, *, attempt: int, lease_until: datetime, now: datetime
    ) -> Step | None:
        """Take the step's next attempt if its attempt is still `attempt`, the run is RUNNING in
        the step's direction and no unexpired lease is held.

        A step found RUNNING had a worker that never answered: its `deaths` goes up by one.
        Returns the step with attempt + 1, or None.
        """
        ...

    async def renew(
        self, run_id: int, position: int, *, attempt: int, lease_until: datetime
    ) -> bool:
        """Prolong the lease; False when the attempt is not ours any more."""
        ...

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
        ...

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
        ...

    async def release(
        self, run_id: int, position: int, *, attempt: int, said: str, now: datetime
    ) -> bool:
        """RUNNING → PENDING after a Temporary fault, the lease given up and the fault noted
        in progress["said"], progress["faults"] + 1; False when fenced.
        """
        ...

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
        """Change the run's state (and write the change log); False when not in `expected`, or
        when it would stand still or end while a step's lease holds. A step whose lease has run
        out is given up: its worker may neither renew nor write any more.

        Back to RUNNING clears `control`, and gives the present step its lives and faults back; one
        that had failed begins anew, without what it had seen or who promoted it, and knows that
        it was resumed.
        """
        ...

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
        """Have the run go its way back, RUNNING, to end FAILED or ABORTED; False when it is not
        in `expected` or has turned already, or while a step's lease holds. `control` is cleared;
        a step is given up as by `move`.
        """
        ...

    async def promote(
        self, run_id: int, position: int, *, by: str, entry: Entry, now: datetime
    ) -> bool:
        """Note on a promotable step that has not ended who says that it is enough; once."""
        ...

    async def control(self, run_id: int, control: Control, entry: Entry, now: datetime) -> bool:
        """Ask an open run to pause or abort; False when it has ended."""
        ...

    async def changes(
        self, *, resource: str | None = None, since: datetime | None = None, limit: int = 20
    ) -> tuple[ChangeLogEntry, ...]:
        """The change log, newest first; `since` an instant, that one included."""
        ...


class Jobs(Protocol):
    """The job queue: it carries, it neither journals nor fences (docs/adr)."""

    async def launch(self, request_id: int, resource: str) -> None:
        """Have an approved request looked at afresh and started."""
        ...

    async def step(
        self, run_id: int, position: int, attempt: int, resource: str, *, at: datetime | None = None
    ) -> None:
        """Have attempt + 1 of a step carried out, now or not before `at`."""
        ...

    # A step's job at a later time must not keep a job for now (pause, abort) out of the queue.

    async def carried(self) -> frozenset[int]:
        """Ids of requests and runs that have a job waiting or under way."""
        ...
