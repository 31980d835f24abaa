"""People who steer a deployment that watches, and incidents that are open when one is asked for."""

from __future__ import annotations

import pytest

from blocks import ids
from tests.scenario.deployment import MOVES, NEW, SOON, Deployment

pytestmark = pytest.mark.scenario

LONG = {**SOON, "watch_minutes": 60, "monitor_minutes": 60}
"""A watch that does not end before somebody has steered it."""

FOUR = {**SOON, "watch_minutes": 4, "monitor_minutes": 4}
"""One that goes on for a moment after it."""


@pytest.mark.parametrize("studio", [LONG], indirect=True)
async def test_aborted_in_the_watch_it_puts_traffic_back_first(deployment: Deployment) -> None:
    await deployment.ready()
    studio, aws = deployment.studio, deployment.aws
    await deployment.starts()
    await deployment.reaches("deploy.watch")
    assert "R1 will abort before its next call." in await studio.clicks("U0CHLOE", ids.ABORT)
    ended = await studio.card_says("aborted after", "gone back")
    assert "Aborted on request. It goes back first: what it changed is put back." in ended
    assert "/version says v1.4.2, /health is fine, login works." in ended
    assert await aws.weights() == (100, 0)
    assert await deployment.moves() == [*MOVES, *MOVES]
    assert (await deployment.logged())["outcome"] == "aborted"
    assert await deployment.frozen() == ["service/backend: R1 was aborted: v1.4.3 was rolled back"]
    assert await deployment.paged() == []
    told = await studio.told()
    assert told.index(("U0CHLOE", "run.abort")) < told.index(("filmops", "run.turned"))
    assert await deployment.did() == ["run.start", "run.turned", "freeze", "run.aborted"]
    assert "⛔ aborted" in await studio.types("U0EVE", "/filmops releases")


@pytest.mark.parametrize("studio", [FOUR], indirect=True)
async def test_paused_in_the_watch_it_moves_nothing_and_resumed_it_goes_on(
    deployment: Deployment,
) -> None:
    await deployment.ready()
    studio = deployment.studio
    await deployment.starts()
    await deployment.reaches("deploy.watch")
    assert "R1 will pause before its next call." in await studio.clicks("U0BEN", ids.PAUSE)
    paused = await studio.card_says("paused at step 10 of 13")
    assert "*Abort* goes back first, traffic before all else." in paused
    busy = await studio.types("U0CHLOE", "/filmops deploy backend v1.4.1")
    assert "R1 (deploy) is paused on service/backend." in busy
    assert await deployment.moves() == [*MOVES]
    assert "R1 goes on." in await studio.clicks("U0ANA", ids.RESUME)
    await studio.card_says("done in")
    assert await deployment.moves() == [*MOVES]
    assert (await deployment.logged())["outcome"] == "deployed"


@pytest.mark.parametrize("studio", [SOON], indirect=True)
async def test_an_open_p1_refuses_a_deployment_and_a_p2_asks_for_one_more_yes(
    deployment: Deployment,
) -> None:
    await deployment.ready()
    studio = deployment.studio
    declared = "/filmops incident declare P1 backend login fails for everybody"
    await studio.types("U0CHLOE", declared)
    refused = await studio.types("U0ANA", f"/filmops deploy backend {NEW} --schema none")
    assert "open_incident" in refused
    assert "/filmops incident show I1" in refused
    await studio.types("U0CHLOE", "/filmops incident severity I1 P2")
    planned = await deployment.asks(f"/filmops deploy backend {NEW} --schema none")
    assert "I1 (P2) is open on backend" in planned
    assert "2 approvals" in planned
    await deployment.ticks()
    assert "Counted. R1 needs 1 more." in await studio.clicks("U0BEN", ids.APPROVE)
    assert await studio.app.world.store.runs.get(1) is None
    assert "Approved. R1" in await studio.clicks("U0DANA", ids.APPROVE)
    await studio.card_says("Approved by <@U0BEN>", "approved by <@U0DANA>")


@pytest.mark.parametrize("studio", [SOON], indirect=True)
async def test_whoever_has_the_incident_rolls_back_without_asking_anybody(
    deployment: Deployment,
) -> None:
    await deployment.ready()
    studio = deployment.studio
    await studio.types("U0CHLOE", "/filmops incident declare P1 backend login fails for everybody")
    assert "I1" in await studio.types("U0BEN", "/filmops incident ack I1")
    await studio.types("U0BEN", "/filmops rollback backend")
    ended = await studio.card_says("done in")
    assert "asked by <@U0BEN>, approved by nobody: I1 is theirs." in ended
    assert await deployment.aws.weights() == (0, 100)
    assert await deployment.moves() == [*MOVES]
