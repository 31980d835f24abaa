"""A deployment for later: begun at its time, if production is still what was approved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.scenario.deployment import MOVES, NEW, SOON, Deployment

pytestmark = pytest.mark.scenario

LATER = timedelta(minutes=20)
PREMIERE = """
[[freezes]]
name = "Premiere"
services = ["backend"]
from = 2020-01-01T00:00:00
until = 2099-01-01T00:00:00
"""


async def approved_for_later(deployment: Deployment) -> None:
    """Asked and approved twenty minutes ago for now: CloudWatch has no figures of the future."""
    await deployment.ready()
    studio = deployment.studio
    studio.clock.ahead = -LATER - timedelta(seconds=5)
    planned = await deployment.starts("--at +20m --window 30m --schema none after the premiere")
    assert "*Starts*" in planned
    await studio.card_says("approved, begins at")
    await studio.tick()
    assert await studio.app.world.store.runs.get(1) is None
    assert await deployment.aws.changes() == []


@pytest.mark.parametrize("studio", [SOON], indirect=True)
async def test_it_begins_at_its_time_and_not_before(deployment: Deployment) -> None:
    await approved_for_later(deployment)
    deployment.studio.clock.ahead = timedelta()
    await deployment.studio.tick()
    await deployment.studio.card_says("done in")
    assert await deployment.aws.weights() == (0, 100)
    assert await deployment.moves() == [*MOVES]


@pytest.mark.parametrize("studio", [SOON], indirect=True)
async def test_what_has_moved_until_then_makes_it_stale(deployment: Deployment) -> None:
    await approved_for_later(deployment)
    await deployment.aws.tell("colour", service="backend", colour="green", version="v1.4.0")
    deployment.studio.clock.ahead = timedelta()
    await deployment.studio.tick()
    shown = await deployment.studio.card_says("plan is stale, nothing was changed")
    assert "plan_stale: the live state is not what was approved. green revision:" in shown
    assert f"/filmops deploy backend {NEW} --at" in shown
    assert await deployment.aws.changes() == []
    assert await deployment.studio.app.world.store.runs.get(1) is None
    assert (await deployment.studio.told())[-1] == ("filmops", "request.stale")


@pytest.mark.parametrize("studio", [{**SOON, "more": PREMIERE}], indirect=True)
async def test_the_freeze_calendar_refuses_a_deployment_and_no_rollback(
    deployment: Deployment,
) -> None:
    await deployment.ready()
    studio = deployment.studio
    for words in ("--schema none", "--at +2h --schema none"):
        refused = await studio.types("U0ANA", f"/filmops deploy backend {NEW} {words}")
        assert "freeze_calendar" in refused
        assert "Premiere" in refused
    assert "is waiting in" in await studio.types("U0ANA", "/filmops rollback backend")
    assert await deployment.aws.changes() == []
