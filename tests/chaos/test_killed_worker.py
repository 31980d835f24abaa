"""kill -9 of the worker at any step of a rollback, and another finishes.

Here real processes are killed with SIGKILL, at the boundaries of every step of a whole rollback
and of its launch: after each claim, after each effect, after each line of the journal (so before
the next job), after the first and the last next job, before and after the run's start and end.
Each kill has its own service and database; the leases and heartbeats are production's. The
finest grain, before and after every call of every port, is tests/chaos/test_every_call.py, in
one process. That it happens within ten seconds is measured where nothing else wants the cores:
benchmarks/takeover.py, which fails beyond them.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.chaos.kills import Killed, killed_at, places
from tests.chaos.scene import Scene

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(240)]

AT_A_TIME = 13


async def test_whatever_step_boundary_its_worker_is_killed_at_a_rollback_is_done_once(
    scene: Scene, tmp_path: Path
) -> None:
    boundaries = await places(scene, tmp_path / "places")
    assert len(boundaries) > 18, boundaries
    gate = asyncio.Semaphore(AT_A_TIME)

    async def killed(place: str) -> Killed:
        async with gate:
            return await killed_at(scene, place)

    all_of_them = await asyncio.gather(*(killed(place) for place in boundaries))
    wrong = [killed for killed in all_of_them if killed.wrong]
    assert not wrong, "\n".join(f"{killed.place}: {killed.wrong}" for killed in wrong)
