"""`/filmops scale` and `/filmops autoscaling`: from the command to what AWS has then (runbook,
*Scaling Operations*).
"""

from __future__ import annotations

from datetime import timedelta

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


async def test_workers_for_two_hours_go_again_when_nobody_was_there_at_their_time(
    studio: Studio,
) -> None:
    aws = studio.outside.aws
    refused = await studio.types("U0ANA", "/filmops scale gpu 8 for 2h")
    assert "its max is 6" in refused
    assert "/filmops scale gpu 8 --max 8" in refused
    await approved(studio, "/filmops scale gpu 3 for 2h", "U0BEN")
    await studio.card_says("done in", "3 of 3 instances in service", "R2 takes it back at")
    await aws.tell("workers", group="gpu", busy=1)
    studio.clock.ahead = timedelta(hours=5)
    await studio.tick()
    ended = await studio.card_says("done in", request=2)
    assert "1 of 3 workers run a job" in ended
    assert "2 of 2 instances in service" in ended
    assert await aws.changes() == [
        *("SetDesiredCapacity", "SetInstanceProtection"),
        *("SetDesiredCapacity", "SetInstanceProtection"),
    ]


async def test_a_database_is_bigger_now_whatever_aws_says_first(studio: Studio) -> None:
    aws = studio.outside.aws
    await aws.fault("rds.ModifyDBInstance", "status", status=400, code="Throttling")
    await aws.fault("rds.ModifyDBInstance", "status", status=400, code="403")
    text = "/filmops scale db db.r6g.2xlarge --when now"
    planned = await approved(studio, text, "U0BEN", "U0CHLOE")
    assert "OUTAGE: connections are cut" in planned
    assert "--when now is an outage" in planned
    held = await studio.card_says("HELD at step 1 of 2, a person must decide")
    assert "rds:ModifyDBInstance" in held
    await studio.clicks("U0BEN", ids.RESUME)
    await studio.card_says("done in", "prod-db reads as db.r6g.2xlarge, available")
    assert await aws.changes() == [
        *("ModifyDBInstance status 400", "ModifyDBInstance status 400", "ModifyDBInstance"),
    ]
