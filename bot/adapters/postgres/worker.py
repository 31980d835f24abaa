"""A worker and its reaper: kill -9 of one worker, and another goes on within ten seconds.

Heartbeats every second; a worker silent for 4 s counts as dead; twice a second the reapers of
the living put a dead one's jobs back into the queue. A worker that was only slow is not ended by
this: the journal's fence refuses what it writes afterwards. Noticing takes less than half of the
ten seconds (tests/unit/engine/test_lease.py holds the sum): the rest is for whoever goes on, who
reads a plan's live state again.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

from procrastinate import App
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.worker import Worker as ProcrastinateWorker

QUEUE = "filmops"
HEARTBEAT_SECONDS = 1.0
SILENT_SECONDS = 4.0
REAP_SECONDS = 0.5
POLL_SECONDS = 0.25
"""How late a scheduled job may be noticed; those for now are notified."""

SWEEP_EVERY = 7200
"""Rounds of the reaper between two sweeps of jobs finished over a day ago: about an hour."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""`At once`, whatever this host's clock says: the server compares it with its own."""

log = logging.getLogger("filmops.jobs")


class Worker:
    """Carries jobs and reaps those of dead workers, through outages of the database."""

    def __init__(self, app: App, *, name: str, concurrency: int, graceful_seconds: float) -> None:
        self._app = app
        self._name = name
        self._concurrency = concurrency
        self._graceful_seconds = graceful_seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`, and until what is under way then has ended or was given back."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._carry(stop), name=f"{self._name} carries")
            group.create_task(self._reap(stop), name=f"{self._name} reaps")

    async def _carry(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            worker = ProcrastinateWorker(
                app=self._app,
                queues=[QUEUE],
                name=self._name,
                concurrency=self._concurrency,
                fetch_job_polling_interval=POLL_SECONDS,
                shutdown_graceful_timeout=self._graceful_seconds,
                install_signal_handlers=False,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=SILENT_SECONDS,
            )
            try:
                await _until(worker, stop)
            except ConnectorException as error:
                log.warning("worker %s lost the database: %s", self._name, error)
            if not stop.is_set():
                # It ends by itself when the database goes away, or when it was silent so long
                # that another worker struck it off.
                log.warning("worker %s starts again", self._name)
                await _pause(stop, 1.0)

    async def _reap(self, stop: asyncio.Event) -> None:
        rounds = 0
        while not stop.is_set():
            try:
                await reap(self._app)
                if rounds % SWEEP_EVERY == 0:
                    await self._app.job_manager.delete_old_jobs(
                        nb_hours=24,
                        queue=QUEUE,
                        include_failed=True,
                        include_cancelled=True,
                        include_aborted=True,
                    )
                rounds += 1
            except ConnectorException as error:
                log.warning("the reaper of %s: %s", self._name, error)
            await _pause(stop, REAP_SECONDS)


async def reap(app: App) -> int:
    """Put the jobs of silent workers back into the queue; how many there were."""
    stalled = list(
        await app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=SILENT_SECONDS)
    )
    for job in stalled:
        log.warning("job %s (%s) lost its worker", job.id, job.call_string)
        try:
            await app.job_manager.retry_job(job, retry_at=EPOCH)
        except UniqueViolation:
            # It had queued what comes after it and died before saying so.
            await _bury(app, job)
        except ConnectorException as error:
            # Another reaper was first, or the worker was alive after all and has finished it.
            log.info("job %s is no longer stalled: %s", job.id, error)
    return len(stalled)


async def _bury(app: App, job: Job) -> None:
    try:
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
    except ConnectorException as error:
        log.info("job %s is no longer stalled: %s", job.id, error)


async def _until(worker: ProcrastinateWorker, stop: asyncio.Event) -> None:
    """Run it until it ends or `stop`; then let what is under way end."""
    running = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call]  # theirs
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((running, stopped), return_when=asyncio.FIRST_COMPLETED)
        worker.stop()  # type: ignore[no-untyped-call]  # theirs
        await running
    finally:
        stopped.cancel()
        if not running.done():
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
