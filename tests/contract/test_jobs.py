"""The queue: one job of a kind and id waits, now comes before later, and none is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.adapters.clock import build_clock
from bot.adapters.memory.clock import MemoryClock
from bot.adapters.memory.jobs import MemoryJobs
from bot.adapters.postgres import worker as worker_module
from bot.adapters.postgres.jobs import ProcrastinateJobs, build_jobs
from bot.adapters.postgres.pool import Pool, connected
from bot.errors import Temporary
from bot.ports import Clock, Jobs

pytestmark = pytest.mark.contract

HOUR = timedelta(hours=1)
Asked = tuple[int, ...]


async def until(condition: Callable[[], bool], what: str) -> None:
    """Poll, with a deadline far beyond what a slow machine needs."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 (what is waited for is not ours to signal)
            await asyncio.sleep(0.02)
    assert condition(), what


class Stage:
    """A queue, its clock, what was carried, and how to have it carried."""

    def __init__(self, jobs: Jobs, clock: Clock, settle: Callable[[int], Awaitable[None]]) -> None:
        self.jobs = jobs
        self.clock = clock
        self.settle = settle
        self.carried: list[Asked] = []

    async def launched(self, request_id: int) -> None:
        self.carried.append((request_id,))

    async def stepped(self, run_id: int, position: int, attempt: int) -> None:
        self.carried.append((run_id, position, attempt))


@asynccontextmanager
async def working(
    jobs: ProcrastinateJobs, *, concurrency: int = 1, graceful: float = 20.0
) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(
        jobs.run_worker(stop, concurrency=concurrency, name="test", graceful_seconds=graceful)
    )
    try:
        yield
    finally:
        stop.set()
        await running


@pytest.fixture(params=["twin", "postgres"])
def stage(request: pytest.FixtureRequest) -> Stage:
    """`settle(n)` returns when n jobs in all were carried and nothing else is due."""
    if request.param == "twin":
        clock = MemoryClock()
        jobs = MemoryJobs(clock)

        async def drained(count: int) -> None:
            await jobs.drain()
            assert len(made.carried) == count

        made = Stage(jobs, clock, drained)
        jobs.attach(made.launched, made.stepped)
        return made
    real: Stage = request.getfixturevalue("real_stage")
    return real


@pytest.fixture
async def real_stage(pool: Pool) -> Stage:
    jobs = await build_jobs(pool)

    async def worked(count: int) -> None:
        async with working(jobs):
            await until(lambda: len(made.carried) >= count, f"{count} jobs")
        assert len(made.carried) == count

    made = Stage(jobs, await build_clock(pool), worked)
    jobs.attach(made.launched, made.stepped)
    return made


async def test_what_is_asked_for_is_carried_in_order(stage: Stage) -> None:
    await stage.jobs.launch(1, "service/web")
    await stage.jobs.step(2, 0, 0, "service/api")
    assert await stage.jobs.carried() == {1, 2}
    await stage.settle(2)
    assert stage.carried == [(1,), (2, 0, 0)]
    assert await stage.jobs.carried() == frozenset()


async def test_the_same_waits_once(stage: Stage) -> None:
    for _ in range(3):
        await stage.jobs.launch(1, "service/web")
        await stage.jobs.step(1, 0, 0, "service/web")
    await stage.settle(2)
    assert stage.carried == [(1,), (1, 0, 0)]


async def test_the_same_asked_for_at_once_waits_once(stage: Stage) -> None:
    await asyncio.gather(*(stage.jobs.step(1, 0, 0, "service/web") for _ in range(10)))
    await stage.settle(1)


async def test_what_was_carried_may_be_asked_for_again(stage: Stage) -> None:
    await stage.jobs.launch(1, "service/web")
    await stage.settle(1)
    await stage.jobs.launch(1, "service/web")
    await stage.settle(2)


async def test_later_waits_and_is_known_to_wait(stage: Stage) -> None:
    at = stage.clock.now() + HOUR
    await stage.jobs.step(1, 0, 1, "service/web", at=at)
    await stage.jobs.step(2, 0, 0, "service/api")
    await stage.settle(1)
    assert stage.carried == [(2, 0, 0)]
    assert await stage.jobs.carried() == {1}


async def test_what_is_due_by_now_is_carried(stage: Stage) -> None:
    await stage.jobs.step(1, 0, 1, "service/web", at=stage.clock.now() - HOUR)
    await stage.settle(1)


async def test_an_abort_reaches_a_watch_that_waits(stage: Stage) -> None:
    await stage.jobs.step(1, 0, 1, "service/web", at=stage.clock.now() + HOUR)
    await stage.jobs.step(1, 0, 1, "service/web")
    await stage.settle(1)
    assert stage.carried == [(1, 0, 1)]
    assert await stage.jobs.carried() == frozenset()


async def test_the_sooner_time_stands(stage: Stage) -> None:
    await stage.jobs.step(1, 0, 1, "service/web", at=stage.clock.now() - HOUR)
    await stage.jobs.step(1, 0, 1, "service/web", at=stage.clock.now() + HOUR)
    await stage.settle(1)


async def test_a_later_attempt_takes_the_place_of_an_older(stage: Stage) -> None:
    later = stage.clock.now() + HOUR
    await stage.jobs.step(1, 0, 1, "service/web", at=later)
    await stage.jobs.step(1, 0, 2, "service/web")
    await stage.jobs.step(2, 0, 5, "service/api")
    await stage.jobs.step(2, 1, 0, "service/api")
    await stage.jobs.step(3, 1, 0, "service/db")
    await stage.jobs.step(3, 0, 9, "service/db", at=later)
    await stage.settle(3)
    assert sorted(stage.carried) == [(1, 0, 2), (2, 1, 0), (3, 1, 0)]


async def test_a_watch_that_waits_keeps_nothing_else_of_its_resource_out(stage: Stage) -> None:
    await stage.jobs.step(1, 0, 1, "service/web", at=stage.clock.now() + HOUR)
    await stage.jobs.launch(2, "service/web")
    await stage.settle(1)
    assert stage.carried == [(2,)]


async def test_a_job_may_ask_for_the_next(stage: Stage) -> None:
    async def chain(run_id: int, position: int, attempt: int) -> None:
        await stage.stepped(run_id, position, attempt)
        assert run_id in await stage.jobs.carried()
        if position < 3:
            await stage.jobs.step(run_id, position + 1, 0, "service/web")

    stage.jobs.attach(stage.launched, chain)  # type: ignore[attr-defined]
    await stage.jobs.step(1, 0, 0, "service/web")
    await stage.settle(4)
    assert [position for _, position, _ in stage.carried] == [0, 1, 2, 3]


async def test_jobs_of_one_resource_run_one_after_the_other(pool: Pool) -> None:
    jobs = await build_jobs(pool)
    under_way: set[int] = set()
    ended: list[int] = []

    async def launched(request_id: int) -> None:
        assert not under_way
        under_way.add(request_id)
        await asyncio.sleep(0.02)
        under_way.remove(request_id)
        ended.append(request_id)

    async def stepped(run_id: int, position: int, attempt: int) -> None:
        raise AssertionError("no step was asked for")

    jobs.attach(launched, stepped)
    for number in range(5):
        await jobs.launch(number, "service/web")
    async with working(jobs, concurrency=5):
        await until(lambda: len(ended) == 5, "five launches")
    assert ended == [0, 1, 2, 3, 4]


async def test_a_job_with_a_bug_fails_loudly_and_the_worker_goes_on(
    real_stage: Stage, pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(request_id: int) -> None:
        if request_id == 1:
            raise ValueError("a bug")
        await real_stage.launched(request_id)

    real_stage.jobs.attach(broken, real_stage.stepped)  # type: ignore[attr-defined]
    await real_stage.jobs.launch(1, "service/web")
    await real_stage.jobs.launch(2, "service/web")
    await real_stage.settle(1)
    assert real_stage.carried == [(2,)]
    assert await real_stage.jobs.carried() == frozenset()
    assert any(record.exc_info and "launch" in record.message for record in caplog.records)


async def test_a_stopping_worker_gives_back_what_it_cannot_end(pool: Pool) -> None:
    jobs = await build_jobs(pool)
    begun: list[int] = []

    async def launched(request_id: int) -> None:
        begun.append(request_id)
        if len(begun) == 1:
            await asyncio.Event().wait()

    async def stepped(run_id: int, position: int, attempt: int) -> None:
        raise AssertionError("no step was asked for")

    jobs.attach(launched, stepped)
    await jobs.launch(1, "service/web")
    async with working(jobs, graceful=0.1):
        await until(lambda: begun == [1], "the first try")
    assert await jobs.carried() == {1}
    async with working(jobs):
        await until(lambda: begun == [1, 1], "the second try")


async def silent(pool: Pool) -> None:
    """All workers have been silent for long."""
    async with connected(pool) as connection:
        await connection.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"
        )


async def taken_by_a_dead_worker(pool: Pool, jobs: ProcrastinateJobs) -> None:
    app = jobs._app
    worker_id = await app.job_manager.register_worker()
    assert await app.job_manager.fetch_job(queues=[worker_module.QUEUE], worker_id=worker_id)
    await silent(pool)


async def test_another_worker_goes_on_with_a_dead_ones_job(real_stage: Stage, pool: Pool) -> None:
    jobs = real_stage.jobs
    assert isinstance(jobs, ProcrastinateJobs)
    await jobs.step(1, 0, 0, "service/web")
    await taken_by_a_dead_worker(pool, jobs)
    assert await jobs.carried() == {1}
    await real_stage.settle(1)
    assert real_stage.carried == [(1, 0, 0)]


async def test_a_dead_workers_job_whose_successor_waits_is_buried(
    real_stage: Stage, pool: Pool
) -> None:
    jobs = real_stage.jobs
    assert isinstance(jobs, ProcrastinateJobs)
    await jobs.step(1, 0, 0, "service/web")
    await taken_by_a_dead_worker(pool, jobs)
    await jobs.step(1, 1, 0, "service/web")
    await real_stage.settle(1)
    assert real_stage.carried == [(1, 1, 0)]
    assert await jobs.carried() == frozenset()


async def test_a_living_workers_job_is_left_alone(real_stage: Stage, pool: Pool) -> None:
    jobs = real_stage.jobs
    assert isinstance(jobs, ProcrastinateJobs)
    await jobs.launch(1, "service/web")
    app = jobs._app
    worker_id = await app.job_manager.register_worker()
    assert await app.job_manager.fetch_job(queues=[worker_module.QUEUE], worker_id=worker_id)
    assert await worker_module.reap(app) == 0


async def launched(jobs: ProcrastinateJobs, request: int) -> None:
    """Launch it; the server may be about to hang up on this connection, too."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await jobs.launch(request, "service/web")
            except Temporary:
                await asyncio.sleep(0.05)


async def test_a_worker_outlives_its_connections(real_stage: Stage, pool: Pool) -> None:
    jobs = real_stage.jobs
    assert isinstance(jobs, ProcrastinateJobs)
    async with working(jobs):
        await jobs.launch(1, "service/web")
        await until(lambda: len(real_stage.carried) == 1, "before")
        async with connected(pool) as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        await launched(jobs, 2)
        # The end of the first may not have been written down: it is then rightly carried again.
        await until(lambda: {(1,), (2,)} <= set(real_stage.carried), "after")


async def test_a_worker_that_was_struck_off_starts_again(real_stage: Stage, pool: Pool) -> None:
    jobs = real_stage.jobs
    assert isinstance(jobs, ProcrastinateJobs)
    async with working(jobs):
        await jobs.launch(1, "service/web")
        await until(lambda: len(real_stage.carried) == 1, "before")
        async with connected(pool) as connection:
            await connection.execute("DELETE FROM procrastinate_workers")
        await jobs.launch(2, "service/web")
        await until(lambda: len(real_stage.carried) == 2, "after")


async def test_a_worker_needs_to_know_what_to_call(pool: Pool) -> None:
    jobs = await build_jobs(pool)
    with pytest.raises(RuntimeError, match="attach"):
        await jobs.run_worker(asyncio.Event())


async def test_the_twin_says_when_the_next_is_due_and_stops_a_loop() -> None:
    clock = MemoryClock()
    jobs = MemoryJobs(clock)
    assert jobs.next_at is None
    await jobs.step(1, 0, 0, "service/web", at=clock.now() + HOUR)
    assert jobs.next_at == clock.now() + HOUR
    assert await jobs.drain() == 0
    clock.advance(3600)
    with pytest.raises(RuntimeError, match="attach"):
        await jobs.drain()

    async def launched(request_id: int) -> None:
        await jobs.launch(request_id, "service/web")

    async def stepped(run_id: int, position: int, attempt: int) -> None:
        raise AssertionError("no step was asked for")

    jobs.attach(launched, stepped)
    await jobs.launch(1, "service/web")
    with pytest.raises(RuntimeError, match="there are more"):
        await jobs.drain(limit=5)
