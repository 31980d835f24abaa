"""The job queue on Procrastinate: what carries runs to a worker.

One job is one look at an approved request (`launch`) or one attempt of one step (`step`). Jobs
on one resource run one after the other. The queue neither journals nor fences: a job lost here
is found missing by the reconciler, a job carried out twice is refused by the journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy, RetryDecision

from bot.adapters.postgres.faults import translating
from bot.adapters.postgres.finishing import InsistentManager
from bot.adapters.postgres.pool import Pool, connected, row, rows
from bot.adapters.postgres.worker import EPOCH, QUEUE, Worker
from bot.adapters.stored import written

NOW = 10
"""The priority of jobs that are due at once. Among jobs of one lock Procrastinate holds the
later ones back behind an earlier one of the same priority *even while that one is scheduled
for the future*: a watch's next look would keep an abort, or another launch, out."""

LATER = 0
"""The priority of jobs that are scheduled."""

OnLaunch = Callable[[int], Awaitable[None]]
OnStep = Callable[[int, int, int], Awaitable[None]]


class _AgainIfCancelled(BaseRetryStrategy):
    """A job that a stopping worker had to cancel goes back into the queue; a failed one does not:
    an exception that comes this far is a bug, and the reconciler brings the run back.
    """

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        del job
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision(retry_at=EPOCH)
        return None


class ProcrastinateJobs:
    """bot.ports.Jobs; a process that only defers needs no callbacks and no worker."""

    def __init__(self, pool: Pool, app: App) -> None:
        self._pool = pool
        self._app = app
        self._on_launch: OnLaunch | None = None
        self._on_step: OnStep | None = None
        retry = _AgainIfCancelled()
        app.task(name="launch", queue=QUEUE, retry=retry)(self._launched)
        app.task(name="step", queue=QUEUE, retry=retry)(self._stepped)

    def attach(self, on_launch: OnLaunch, on_step: OnStep) -> None:
        """What the worker calls: (request_id), and (run_id, position, attempt)."""
        self._on_launch = on_launch
        self._on_step = on_step

    async def launch(self, request_id: int, resource: str) -> None:
        """Have an approved request looked at afresh and started."""
        await self._defer("launch", resource, {"id": request_id}, None)

    async def step(
        self, run_id: int, position: int, attempt: int, resource: str, *, at: datetime | None = None
    ) -> None:
        """Have attempt + 1 of a step carried out, now or not before `at`."""
        args = {"id": run_id, "position": position, "attempt": attempt}
        await self._defer("step", resource, args, at)

    async def carried(self) -> frozenset[int]:
        """Ids of requests and runs that have a job waiting or under way."""
        async with connected(self._pool) as connection:
            found = await rows(connection, "carried_jobs", queue=QUEUE)
        return frozenset(job["id"] for job in found)

    async def run_worker(
        self,
        stop: asyncio.Event,
        *,
        concurrency: int = 8,
        name: str = "worker",
        graceful_seconds: float = 20.0,
    ) -> None:
        """Carry jobs until `stop`, through outages of the database, and end tidily.

        Jobs under way get `graceful_seconds` to end; then they are cancelled and queued again.
        """
        if self._on_launch is None or self._on_step is None:
            raise RuntimeError("a worker needs callbacks: ProcrastinateJobs.attach")
        worker = Worker(
            self._app, name=name, concurrency=concurrency, graceful_seconds=graceful_seconds
        )
        await worker.run(stop)

    async def _defer(
        self, task: str, resource: str, args: Mapping[str, int], at: datetime | None
    ) -> None:
        """Queue it; or, with one of this kind and id waiting already, see that it comes in time."""
        queueing_lock = f"{task}:{args['id']}"
        deferrer = self._app.configure_task(
            task,
            allow_unknown=False,
            queue=QUEUE,
            lock=resource,
            queueing_lock=queueing_lock,
            schedule_at=at,
            priority=NOW if at is None else LATER,
        )
        while True:
            with translating():
                try:
                    await deferrer.defer_async(**args)
                except AlreadyEnqueued:
                    if not await self._hasten(queueing_lock, args, at):
                        continue  # A worker took it in between: ours is wanted after all.
            return

    async def _hasten(
        self, queueing_lock: str, args: Mapping[str, int], at: datetime | None
    ) -> bool:
        async with connected(self._pool) as connection:
            found = await row(
                connection,
                "hasten_job",
                queueing_lock=queueing_lock,
                position=args.get("position", -1),
                attempt=args.get("attempt", -1),
                args=written(args),
                at=at,
                priority=NOW if at is None else LATER,
            )
        return found is not None

    async def _launched(self, id: int) -> None:  # noqa: A002 (the key in the queue's rows)
        if self._on_launch is not None:
            await self._on_launch(id)

    async def _stepped(self, id: int, position: int, attempt: int) -> None:  # noqa: A002 (same)
        if self._on_step is not None:
            await self._on_step(id, position, attempt)


async def build_jobs(
    pool: Pool, on_launch: OnLaunch | None = None, on_step: OnStep | None = None
) -> ProcrastinateJobs:
    """The queue on an open pool of a migrated database; the pool stays the caller's to close."""
    connector = PsycopgConnector()
    app = App(connector=connector)
    # Typed for tuples, and never used so: it asks for the rows it wants with each cursor.
    await connector.open_async(pool)  # type: ignore[arg-type]
    app.job_manager = InsistentManager(connector)
    jobs = ProcrastinateJobs(pool, app)
    if on_launch is not None and on_step is not None:
        jobs.attach(on_launch, on_step)
    return jobs
