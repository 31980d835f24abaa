"""`/filmops deploy backend v1.4.3`: from the command to the change log (runbook, *Deployment*)."""

from __future__ import annotations

import pytest

from blocks import ids
from tests.scenario.deployment import NEW, Deployment
from tests.scenario.studio import Studio

pytestmark = pytest.mark.scenario

SECONDS = {"watch_minutes": 3, "monitor_minutes": 4, "trigger_minutes": 3, "blind_minutes": 3}


@pytest.fixture
async def deployment(studio: Studio) -> Deployment:
    """Production is well on blue, and v1.4.3 has been in staging."""
    found = Deployment(studio)
    await found.ready()
    return found


@pytest.mark.parametrize("studio", [SECONDS], indirect=True)
async def test_a_good_release_is_deployed(deployment: Deployment) -> None:
    studio, aws = deployment.studio, deployment.studio.outside.aws
    planned = await deployment.asks(f"/filmops deploy backend {NEW} --schema reversible")
    for said in (
        "Deploy v1.4.3 of Backend API onto green, while blue (v1.4.2) serves",
        "The image exists",
        "On-call engineer available",
        "ecs.update_service",
        "If it must go back",
    ):
        assert said in planned
    await deployment.ticks()
    await studio.clicks("U0BEN", ids.APPROVE)
    ended = await studio.card_says("done in")
    assert "v1.4.3 serves on green" in ended
    assert await aws.weights() == (0, 100)
    (change,) = await studio.app.world.store.runs.changes()
    assert change.detail["outcome"] == "deployed"
    listed = await studio.types("U0CHLOE", "/filmops operations")
    assert "R2 retire backend" in listed
    refused = await studio.types("U0ANA", "/filmops retire backend --tasks 3")
    assert "nothing_to_do" in refused
