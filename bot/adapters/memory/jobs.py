"""Twin of the job queue: records jobs, and runs them when a test says so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.ports import Clock

OnLaunch = Callable[[int], Awaitable[None]]
OnStep = Callable[[int, int, int], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryJob:
    """A job that waits. `position` and `attempt` are -1 for a launch; `at` None means now."""

    kind: Literal["launch", "step"]
    id: int
    resource: str
    position: int = -1
    attempt: int = -1
    at: datetime | None = None


class MemoryJobs:
    """bot.ports.Jobs. `waiting` may be read and, to lose a job, written by tests."""

    def __init__(
        self, clock: Clock, on_launch: OnLaunch | None = None, on_step: OnStep | None = None
    ) -> None:
        self._clock = clock
        self._on_launch = on_launch
        self._on_step = on_step
        self._under_way: set[int] = set()
        self.waiting: list[MemoryJob] = []

    def attach(self, on_launch: OnLaunch, on_step: OnStep) -> None:
        """What `drain` calls: (request_id), and (run_id, position, attempt)."""
        self._on_launch = on_launch
        self._on_step = on_step

    async def launch(self, request_id: int, resource: str) -> None:
        """Have an approved request looked at afresh and started."""
        self._defer(MemoryJob(kind="launch", id=request_id, resource=resource))

    async def step(
        self, run_id: int, position: int, attempt: int, resource: str, *, at: datetime | None = None
    ) -> None:
        """Have attempt + 1 of a step carried out, now or not before `at`."""
        self._defer(
            MemoryJob(
                kind="step",
                id=run_id,
                resource=resource,
                position=position,
                attempt=attempt,
                at=at,
            )
        )

    async def carried(self) -> frozenset[int]:
        """Ids of requests and runs that have a job waiting or under way."""
        return frozenset(job.id for job in self.waiting) | self._under_way

    async def drain(self, limit: int = 1000) -> int:
        """Run what is due, in order, until nothing is; how many were run.

        Unlike the real worker it lets a job's exception out, so that a test sees the bug.
        Raises RuntimeError after `limit` jobs: something queues itself for ever.
        """
        for count in range(limit):
            job = self._next()
            if job is None:
                return count
            self.waiting.remove(job)
            self._under_way.add(job.id)
            try:
                await self._carry(job)
            finally:
                self._under_way.discard(job.id)
        raise RuntimeError(f"{limit} jobs, and there are more: {self.waiting}")

    @property
    def next_at(self) -> datetime | None:
        """When the first job is due (the present for jobs due now); None without jobs."""
        now = self._clock.now()
        return min((job.at or now for job in self.waiting), default=None)

    def _next(self) -> MemoryJob | None:
        """Jobs for now first, in the order they came; then the scheduled ones that are due."""
        now = self._clock.now()
        due = [job for job in self.waiting if job.at is None or job.at <= now]
        return min(due, key=lambda job: job.at is not None, default=None)

    async def _carry(self, job: MemoryJob) -> None:
        if job.kind == "launch" and self._on_launch is not None:
            await self._on_launch(job.id)
        elif job.kind == "step" and self._on_step is not None:
            await self._on_step(job.id, job.position, job.attempt)
        else:
            raise RuntimeError("a worker needs callbacks: MemoryJobs.attach")

    def _defer(self, job: MemoryJob) -> None:
        """As in PostgreSQL: one of a kind and id; the later attempt, else the sooner time."""
        for place, old in enumerate(self.waiting):
            if (old.kind, old.id) != (job.kind, job.id):
                continue
            new_rank, old_rank = (job.position, job.attempt), (old.position, old.attempt)
            if new_rank > old_rank:
                self.waiting[place] = job
            elif new_rank == old_rank and old.at is not None:
                sooner = None if job.at is None else min(old.at, job.at)
                self.waiting[place] = replace(old, at=sooner)
            return
        self.waiting.append(job)
