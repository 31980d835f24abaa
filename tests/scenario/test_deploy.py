"""`/filmops deploy backend v1.4.3`: a good release, from the command to the change log.

Runbook, *Standard Deployment (Blue/Green)*.
"""

from __future__ import annotations

import pytest

from blocks import ids
from tests.scenario.deployment import MOVES, NEW, OLD, SOON, Deployment
from tests.scenario.outside import words
from tests.scenario.studio import Studio

pytestmark = pytest.mark.scenario

CANARY = {"canary": "[10, 50, 100]", "step_minutes": 2, **SOON, "monitor_minutes": 900}
"""A canary of few seconds, whose last watch would take a quarter of an hour."""


@pytest.mark.parametrize("studio", [SOON], indirect=True)
async def test_a_good_release_is_deployed(deployment: Deployment) -> None:
    await deployment.ready()
    studio, aws = deployment.studio, deployment.aws
    planned = await deployment.starts("--schema reversible premiere fixes")
    for said in (
        "Deploy v1.4.3 of Backend API onto green, while blue (v1.4.2) serves",
        "✅ ok: The image exists",
        "✅ ok: On-call engineer available. Ana Okafor on level 1",
        "☐ open: Stakeholders have been told",
        "waiting for 5 ticks and 1 approval",
        "ecs.update_service",
        "If it must go back",
    ):
        assert said in planned
    ended = await studio.card_says("done in", "asked by <@U0ANA>, approved by <@U0BEN>")
    assert "v1.4.3 serves on green. The checklist is in order." in ended
    assert "R2 scales it in then" in ended
    assert "14 of 14 steps done" in ended

    assert await aws.changes() == [
        *("RegisterTaskDefinition", "RunTask"),  # the migration, with the release's image
        *("RegisterTaskDefinition", "UpdateService"),
        *MOVES,
    ]
    assert await aws.weights() == (0, 100)
    green = await aws.half("green")
    assert (green["version"], green["serving"], green["running"]) == (NEW, NEW, 3)
    assert await deployment.frozen() == []
    assert await deployment.paged() == []
    await the_thread_has_it_all(studio)
    await the_paper_is_right(deployment)


async def the_thread_has_it_all(studio: Studio) -> None:
    """The migration's lines, a chart for each watch, the checklist afterwards."""
    await studio.thread_says("Post-deployment checklist")
    replies = (await studio.card())["replies"]
    said = words(replies)
    assert "$ alembic upgrade head\nINFO  [alembic.runtime.migration]" in said
    for line in (
        "✅ ok: All health checks passing. 3 of 3",
        "✅ ok: Error rate below 1%",
        "✅ ok: p95 below 200 ms",
        "✅ ok: No critical alerts triggered. none",
        "✅ ok: Deployment logged in change log. R1",
    ):
        assert line in said
    charts = [file for reply in replies for file in reply.get("files", [])]
    assert [file["name"] for file in charts] == ["R1-11.png", "R1-13.png"]
    pictures = [await studio.http.get(file["url_private"]) for file in charts]
    assert {picture.content[:4] for picture in pictures} == {b"\x89PNG"}


async def the_paper_is_right(deployment: Deployment) -> None:
    """Who did what is in the audit log in order; history, releases and the calendar know."""
    studio = deployment.studio
    assert await studio.told() == [
        ("U0ANA", "command"),
        ("U0ANA", "request"),
        ("U0BEN", "checklist"),
        ("U0BEN", "approve"),
        ("filmops", "run.start"),
        ("filmops", "request"),
        ("filmops", "run.succeeded"),
    ]
    logged = await deployment.logged()
    assert (logged["version"], logged["from"], logged["outcome"]) == (NEW, OLD, "deployed")
    history = await studio.types("U0CHLOE", "/filmops history backend")
    assert "*R1 deploy backend* v1.4.3 deployed" in history
    releases = await studio.types("U0CHLOE", "/filmops releases")
    assert "*green* v1.4.3 (3 tasks), 100 % of the traffic" in releases
    assert "*Last good:* *v1.4.3*, ✅ deployed" in releases
    listed = await studio.types("U0CHLOE", "/filmops operations")
    assert "*R2 retire backend* approved, begins at" in listed
    await studio.card_says("R1 was approved with it.", request=2)
    refused = await studio.types("U0ANA", "/filmops retire backend --tasks 3")
    assert "nothing_to_do" in refused


@pytest.mark.parametrize("studio", [CANARY], indirect=True)
async def test_a_good_canary_goes_step_by_step_and_is_promoted(deployment: Deployment) -> None:
    await deployment.ready()
    studio, aws = deployment.studio, deployment.aws
    planned = await deployment.starts("--canary --schema none")
    assert "then move traffic step by step and watch" in planned
    assert "Watch 2 closed minutes with 10 % of the traffic" in planned
    await deployment.reaches("deploy.monitor")
    assert await aws.weights() == (0, 100)
    promoted = await studio.clicks("U0CHLOE", ids.PROMOTE)
    assert "R1 goes on from step 18 as soon as it has looked once more." in promoted
    ended = await studio.card_says("done in")
    assert "Promoted by <@U0CHLOE>." in ended
    assert "HTTPS:443 default read back as blue 90, green 10." in ended
    assert "HTTPS:443 rule 20 read back as blue 50, green 50." in ended
    assert await deployment.moves() == [*MOVES, *MOVES, *MOVES]
    assert ("U0CHLOE", "run.promote") in await studio.told()
    assert (await deployment.logged())["outcome"] == "deployed"


@pytest.mark.parametrize("studio", [SOON], indirect=True)
async def test_what_autoscaling_sets_meanwhile_stays_as_it_is(deployment: Deployment) -> None:
    await deployment.ready()
    aws = deployment.aws
    await aws.tell("scale", service="backend", colour="green", desired=5)
    await deployment.starts()
    await deployment.reaches("deploy.watch")
    await aws.tell("scale", service="backend", colour="green", desired=6)
    await aws.tell("scale", service="backend", colour="blue", desired=2)
    ended = await deployment.studio.card_says("done in")
    assert "green is to run 5 tasks of it." in ended
    green, blue = await aws.half("green"), await aws.half("blue")
    assert (green["desired"], green["running"], blue["desired"]) == (6, 6, 2)
    assert await deployment.deploys() == ["RegisterTaskDefinition", "UpdateService"]
