"""`/filmops scale`: what its plan shows, and that it is what AWS has then (runbook, *Scaling
Operations*). What it bears is told in tests/scenario/test_capacity_*.py.
"""

from __future__ import annotations

import pytest

from blocks import ids
from tests.scenario.studio import Studio

pytestmark = pytest.mark.scenario

SPEED = 10.0


async def approved(studio: Studio, text: str, *who: str, request: int = 1) -> str:
    """Ana has asked, these have approved; what the card showed before they did."""
    await studio.outside.aws.tell("speed", factor=SPEED)
    assert "is waiting in" in await studio.types("U0ANA", text)
    planned = await studio.card_says("waiting for", request=request)
    for each in who:
        await studio.clicks(each, ids.APPROVE, request)
    return planned


async def test_eight_tasks_run_after_two_have_approved_and_who_undoes_it_is_said(
    studio: Studio,
) -> None:
    planned = await approved(studio, "/filmops scale backend 8", "U0BEN", "U0CHLOE")
    for said in (
        "Have 8 tasks of Backend API on blue, which serves, instead of 3",
        "3 → 8 tasks is more than 2 times as many",
        "backend-cpu (target tracking: ECSServiceAverageCPUUtilization at 60)",
        "/filmops scale backend 8 --min 8",
        "green: v1.4.1, 3 of 3 tasks",
        "ecs.update_service",
    ):
        assert said in planned
    ended = await studio.card_says("done in", "2 of 2 steps done")
    assert "8 of 8 tasks run, 8 of 8 targets are healthy" in ended
    aws = studio.outside.aws
    assert await aws.changes() == ["UpdateService"]
    assert (await aws.half("blue"))["running"] == 8
    (change,) = await studio.app.world.store.runs.changes()
    assert (change.before, change.after) == (
        "Backend API, tasks of blue: 3",
        "Backend API, tasks of blue: 8",
    )
    shown = await studio.types("U0EVE", "/filmops autoscaling backend")
    assert "MISSING: no scalable target: it is not scaled when it serves" in shown
    assert "between 2 and 10" in shown
