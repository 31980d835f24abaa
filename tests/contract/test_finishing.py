"""A job's end is written down through a database that goes away at that moment."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.testing import InMemoryConnector

from bot.adapters.postgres import finishing
from bot.adapters.postgres.finishing import InsistentManager

pytestmark = pytest.mark.contract

JOB = Job(id=7, queue="filmops", lock="service/web", queueing_lock=None, task_name="step")


class Failing(InMemoryConnector):
    """Procrastinate's own connector in memory, its first answers errors."""

    def __init__(self, *causes: Exception) -> None:
        super().__init__()
        self._causes = list(causes)
        self.asked = 0

    async def execute_query_async(self, query: str, **arguments: Any) -> None:
        self.asked += 1
        if self._causes:
            raise ConnectorException from self._causes.pop(0)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finishing, "PAUSE_SECONDS", 0.0)


async def test_a_connection_lost_in_the_middle_is_tried_again() -> None:
    connector = Failing(psycopg.errors.AdminShutdown(), psycopg.OperationalError())
    await InsistentManager(connector).finish_job(JOB, Status.SUCCEEDED, False)
    assert connector.asked == 3


async def test_a_job_that_is_another_workers_by_now_is_left_alone() -> None:
    connector = Failing(psycopg.errors.RaiseException("not in state doing"))
    with pytest.raises(ConnectorException):
        await InsistentManager(connector).finish_job(JOB, Status.SUCCEEDED, False)
    assert connector.asked == 1


async def test_it_gives_up_when_a_reaper_has_long_had_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finishing, "TRIES", 3)
    connector = Failing(*(psycopg.OperationalError() for _ in range(9)))
    with pytest.raises(ConnectorException):
        await InsistentManager(connector).finish_job(JOB, Status.SUCCEEDED, False)
    assert connector.asked == 3
