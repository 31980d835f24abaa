"""`/filmops deploy backend v1.4.3`: from the command to the change log (runbook, *Deployment*)."""

from __future__ import annotations

import pytest

from blocks import ids
from tests.scenario.deployment import NEW, SOON, Deployment

pytestmark = pytest.mark.scenario


@pytest.mark.parametrize("studio", [SOON], indirect=True)
async def test_a_good_release_is_deployed(deployment: Deployment) -> None:
    await deployment.ready()
    studio, aws = deployment.studio, deployment.aws
    planned = await deployment.starts("--schema reversible")
    for said in (
        "Deploy v1.4.3 of Backend API onto green, while blue (v1.4.2) serves",
        "The image exists",
        "On-call engineer available",
        "ecs.update_service",
        "If it must go back",
    ):
        assert said in planned
    ended = await studio.card_says("done in")
    print(ended)
    assert "v1.4.3 serves on green" in ended
    assert await aws.weights() == (0, 100)
    print(await aws.changes())
    print(await deployment.logged())
    print((await studio.card())["replies"])
    print(await studio.told())
    for text in ("operations", "history", "releases"):
        print(await studio.types("U0CHLOE", f"/filmops {text}"))
    refused = await studio.types("U0ANA", "/filmops retire backend --tasks 3")
    assert "nothing_to_do" in refused
    print(planned)
