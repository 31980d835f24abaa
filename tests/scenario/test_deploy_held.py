"""Where going back would not help, or nobody knows: the run is held, pages, and moves nothing."""

from __future__ import annotations

import pytest

from blocks import ids
from tests.scenario.deployment import CUSTOMERS, MOVES, RUNBOOK, SOON, Deployment

pytestmark = pytest.mark.scenario


async def held(deployment: Deployment, *why: str) -> str:
    """The card, once all that is true of every one of these stories is seen to be."""
    studio = deployment.studio
    shown = await studio.card_says("a person must decide", *why)
    assert "*Abort* goes back first, traffic before all else." in shown
    assert await deployment.moves() == [*MOVES]
    assert await deployment.paged() == ["[P2] I1 R1 (deploy of service/backend) is held"]
    await studio.thread_says("R1 is held: I1 pages for it until somebody acknowledges.")
    incident = await studio.types("U0EVE", "/filmops incident show I1")
    assert why[-1] in incident
    assert await studio.app.world.store.runs.changes() == ()
    return shown


@pytest.mark.parametrize("studio", [RUNBOOK], indirect=True)
async def test_both_colours_bad(deployment: Deployment) -> None:
    await deployment.ready(error_rate=0.06)
    await deployment.aws.tell("colour", service="backend", colour="blue", error_rate=0.07)
    await deployment.aws.tell("advance", seconds=60)
    await deployment.starts()
    await held(
        deployment, "error rate 6.", "Going back would not help: blue had too many errors as well"
    )
    assert await deployment.aws.weights() == (0, 100)
    assert await deployment.frozen() == []


@pytest.mark.parametrize("studio", [RUNBOOK], indirect=True)
async def test_the_old_colour_dead_when_the_new_one_breaches(deployment: Deployment) -> None:
    await deployment.ready(error_rate=0.06)
    await deployment.starts()
    await deployment.reaches("deploy.watch")
    await deployment.aws.tell("colour", service="backend", colour="blue", fails_health=True)
    await held(
        deployment,
        "error rate 6.",
        "Going back would not help: blue cannot take the traffic: 0 of 3 targets are healthy.",
    )
    assert await deployment.aws.weights() == (0, 100)


@pytest.mark.parametrize("studio", [SOON], indirect=True)
async def test_no_traffic_at_all_in_the_whole_watch(deployment: Deployment) -> None:
    await deployment.ready()
    await deployment.aws.tell("customers", requests_per_second=0)
    await deployment.starts()
    await held(deployment, "without traffic", "Nobody used it, and no data is not success.")
    await deployment.aws.tell("customers", requests_per_second=CUSTOMERS)
    assert "R1 goes on." in await deployment.studio.clicks("U0CHLOE", ids.RESUME)
    await deployment.studio.card_says("done in")
    assert await deployment.aws.weights() == (0, 100)


@pytest.mark.parametrize("studio", [SOON], indirect=True)
async def test_cloudwatch_that_answers_errors(deployment: Deployment) -> None:
    await deployment.ready()
    fault = {"status": 503, "code": "ServiceUnavailable", "times": None}
    await deployment.aws.fault("cloudwatch.GetMetricData", "status", **fault)
    assert "errors unknown" in await deployment.starts()
    await held(deployment, "BLIND", "It is not known how the release does.")
    assert await deployment.aws.weights() == (0, 100)


@pytest.mark.parametrize("studio", [RUNBOOK], indirect=True)
async def test_somebody_else_moves_the_weights(deployment: Deployment) -> None:
    await deployment.ready()
    await deployment.starts()
    await deployment.reaches("deploy.watch")
    await deployment.aws.tell("weights", service="backend", blue=50, green=50)
    await held(
        deployment,
        "Somebody else moved traffic:",
        "HTTPS:443 rule 20 is at blue 50, green 50, not blue 0, green 100.",
        "Nothing is moved while two hands are on it.",
    )
    assert await deployment.aws.weights() == (50, 50)
    (frozen,) = await deployment.frozen()
    assert frozen.startswith("service/backend: R1 was held: Somebody else moved traffic")
