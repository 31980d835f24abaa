"""Nothing is begun that the lease might not outlive, and what is lost stays lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from bot.adapters.memory.runs import MemoryRuns
from bot.adapters.postgres import worker
from bot.domain.run import RunState
from bot.engine import lease as leases
from bot.engine.lease import MARGIN, SECONDS, Lease, lease_end
from bot.errors import Fenced, Temporary
from tests.stage import Stage

pytestmark = pytest.mark.unit

PROMISED_SECONDS = 10.0

Held = Callable[[], Awaitable[Lease]]


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def held(stage: Stage, runs: MemoryRuns | None = None) -> Lease:
    """The lease of the first attempt of the first step."""
    run = await stage.started()
    now = stage.clock.now()
    await stage.world.store.runs.claim(run.id, 0, attempt=0, lease_until=lease_end(now), now=now)
    return Lease(
        stage.clock,
        runs or stage.world.store.runs,
        run=run.id,
        position=0,
        attempt=1,
        until=lease_end(now),
    )


async def test_a_fresh_lease_lets_effects_through_until_its_margin(stage: Stage) -> None:
    lease = await held(stage)
    lease.check()
    stage.clock.advance(SECONDS - MARGIN - 0.001)
    lease.check()
    stage.clock.advance(0.001)
    with pytest.raises(Fenced, match="R1 step 0 is another worker's now"):
        lease.check()


async def test_a_renewed_lease_lasts_from_the_renewal(stage: Stage) -> None:
    lease = await held(stage)
    stage.clock.advance(SECONDS - 1)
    assert await lease.renew()
    step = (await stage.run()).steps[0]
    assert step.lease_until == stage.clock.now() + timedelta(seconds=SECONDS)
    stage.clock.advance(SECONDS - 1)
    lease.check()


async def test_a_lease_taken_over_is_lost_for_good_whatever_the_clock_says(stage: Stage) -> None:
    lease = await held(stage)
    stage.clock.advance(SECONDS)
    now = stage.clock.now()
    assert await stage.world.store.runs.claim(1, 0, attempt=1, lease_until=lease_end(now), now=now)
    assert not await lease.renew()
    stage.clock.advance(-SECONDS)
    with pytest.raises(Fenced):
        lease.check()


async def test_a_lease_is_renewed_in_the_background_through_outages(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEWED_EVERY", 0.001)
    answers: list[str] = []
    enough = asyncio.Event()

    class Flaky(MemoryRuns):
        async def renew(
            self, run_id: int, position: int, *, attempt: int, lease_until: datetime
        ) -> bool:
            if len(answers) == 1:
                answers.append("away")
                raise Temporary("the database is away")
            answers.append("renewed")
            if len(answers) == 3:
                enough.set()
            return await super().renew(run_id, position, attempt=attempt, lease_until=lease_until)

    lease = await held(stage, Flaky(stage.tables))
    async with lease.kept():
        async with asyncio.timeout(20):
            await enough.wait()
    assert answers[:3] == ["renewed", "away", "renewed"]
    lease.check()


async def test_keeping_ends_when_the_lease_is_lost_and_the_block_is_fenced(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEWED_EVERY", 0.001)
    lost = asyncio.Event()

    class Taken(MemoryRuns):
        async def renew(
            self, run_id: int, position: int, *, attempt: int, lease_until: datetime
        ) -> bool:
            assert not lost.is_set(), "a lost lease is not asked for again"
            lost.set()
            return False

    lease = await held(stage, Taken(stage.tables))
    async with lease.kept():
        async with asyncio.timeout(20):
            await lost.wait()
            await asyncio.sleep(0.01)
        with pytest.raises(Fenced):
            lease.check()


async def test_an_error_in_the_block_comes_out_and_the_renewing_ends(stage: Stage) -> None:
    lease = await held(stage)
    before = len(asyncio.all_tasks())
    with pytest.raises(ValueError, match="mine"):
        async with lease.kept():
            raise ValueError("mine")
    assert len(asyncio.all_tasks()) == before
    assert (await stage.run()).state is RunState.RUNNING


def test_noticing_a_death_takes_less_than_half_of_what_taking_over_may() -> None:
    noticed = max(SECONDS, worker.SILENT_SECONDS) + worker.REAP_SECONDS + worker.POLL_SECONDS
    assert noticed <= PROMISED_SECONDS / 2
    # And three missed renewals or heartbeats in a row are still no death.
    assert worker.HEARTBEAT_SECONDS * 3 < worker.SILENT_SECONDS
    assert leases.RENEWED_EVERY * 3 < SECONDS - MARGIN
