"""The end of a job is written down, even when the database went away at that moment.

Procrastinate tries once. A living worker then keeps a job that it is not carrying any more: no
reaper takes it, because its heart beats, and the lock of its resource is never given up.
"""

from __future__ import annotations

import asyncio
import logging

import psycopg
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

TRIES = 60
PAUSE_SECONDS = 0.5

log = logging.getLogger("filmops.jobs")


class InsistentManager(JobManager):
    """Tries for half a minute. By then the heart has stopped too, and a reaper has the job."""

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """Set a job to its final state. Raises ConnectorException when it is not ours to end."""
        for attempt in range(1, TRIES + 1):
            try:
                await super().finish_job(job, status, delete_job)
            except ConnectorException as error:
                lost = isinstance(
                    error.__cause__, psycopg.OperationalError | psycopg.InterfaceError
                )
                if not lost or attempt == TRIES:
                    raise
                log.warning("the end of job %s is not written yet: %s", job.id, error.__cause__)
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                return
