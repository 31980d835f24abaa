"""A release that breaches with traffic on it goes back by itself (*Automatic Rollback Triggers*).

The periods are of a second, and as many of them make a breach as the runbook has minutes.
"""

from __future__ import annotations

import pytest

from tests.scenario.deployment import MOVES, OLD, RUNBOOK, Deployment

pytestmark = pytest.mark.scenario


async def rolled_back(deployment: Deployment, *why: str) -> str:
    """The card's end, once all that is true of every one of these stories is seen to be."""
    studio, aws = deployment.studio, deployment.aws
    ended = await studio.card_says("failed after", "gone back", *why)
    assert "blue can take the traffic: 3 of 3 targets are healthy" in ended
    assert "/version says v1.4.2, /health is fine, login works." in ended
    assert await aws.weights() == (100, 0)
    assert await deployment.moves() == [*MOVES, *MOVES]
    assert await deployment.deploys() == ["RegisterTaskDefinition", "UpdateService"]
    assert await deployment.frozen() == ["service/backend: R1 failed: v1.4.3 was rolled back"]
    await studio.thread_says("backend is frozen until somebody says why")
    logged = await deployment.logged()
    assert (logged["outcome"], logged["back_to"]) == ("rolled_back", OLD)
    assert await deployment.did() == ["run.start", "run.turned", "freeze", "run.failed"]
    assert await deployment.paged() == []
    return ended


@pytest.mark.parametrize("studio", [RUNBOOK], indirect=True)
async def test_six_percent_errors_for_five_periods(deployment: Deployment) -> None:
    await deployment.ready(error_rate=0.06)
    await deployment.starts()
    await rolled_back(deployment, "error rate 6.", "5 closed minutes in a row.", "it was well in")
    studio = deployment.studio
    await studio.thread_says("in breach of the thresholds")
    history = await studio.types("U0EVE", "/filmops history backend")
    assert "*R1 deploy backend* v1.4.3 rolled back" in history
    assert "*Last good:* *v1.4.2*" in await studio.types("U0EVE", "/filmops releases")
    # The way back stays open to people whatever is frozen, and a second deployment does not.
    refused = await studio.types("U0CHLOE", "/filmops why deploy backend v1.4.1")
    assert "frozen" in refused
    assert "frozen" in await studio.types("U0BEN", "/filmops unfreeze backend")
    await studio.command("U0BEN", "/filmops unfreeze backend the fix is merged and tested")
    await studio.channel_says("the fix is merged and tested")
    assert await deployment.frozen() == []


@pytest.mark.parametrize("studio", [RUNBOOK], indirect=True)
async def test_a_p95_of_600_ms_for_five_periods(deployment: Deployment) -> None:
    await deployment.ready(p95_seconds=0.6)
    await deployment.starts()
    await rolled_back(deployment, "p95 6", "5 closed minutes in a row.", "it was well in")


@pytest.mark.parametrize("studio", [RUNBOOK], indirect=True)
async def test_more_than_half_of_the_targets_unhealthy(deployment: Deployment) -> None:
    await deployment.ready()
    await deployment.starts()
    await deployment.reaches("deploy.watch")
    await deployment.aws.tell("colour", service="backend", colour="green", unhealthy_targets=2)
    await rolled_back(deployment, "2 of 3 targets unhealthy")


@pytest.mark.parametrize("studio", [{**RUNBOOK, "database_failures": 2}], indirect=True)
async def test_connections_the_database_refuses(deployment: Deployment) -> None:
    await deployment.ready()
    await deployment.starts()
    await deployment.reaches("deploy.watch")
    await deployment.aws.tell("colour", service="backend", colour="green", refuses_database=True)
    await rolled_back(deployment, "connections refused by the database")
