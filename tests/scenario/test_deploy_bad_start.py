"""A release that never gets as far as traffic: nobody is served by it, and it is said why.

Each ends as failed with the service frozen; the weights were never anything but blue 100.
"""

from __future__ import annotations

import boto3
import pytest

from tests.scenario.deployment import OLD, SOON, Deployment

pytestmark = pytest.mark.scenario

IMPATIENT = {**SOON, "rollout_seconds": 2}


async def failed_before_traffic(deployment: Deployment, *why: str) -> str:
    """The card's end, once all that is true of every one of these stories is seen to be."""
    studio, aws = deployment.studio, deployment.aws
    ended = await studio.card_says("failed after", "gone back", *why)
    assert "Changes of backend are frozen." in ended
    assert await aws.weights() == (100, 0)
    assert await deployment.moves() == []
    assert await deployment.frozen() == [
        "service/backend: R1 failed: v1.4.3 was not brought to traffic"
    ]
    await studio.thread_says("backend is frozen until somebody says why")
    assert await deployment.paged() == []
    assert await deployment.did() == ["run.start", "run.turned", "freeze", "run.failed"]
    return ended


@pytest.mark.parametrize("studio", [IMPATIENT], indirect=True)
async def test_one_that_crashes_is_given_up_when_it_is_not_up_in_time(
    deployment: Deployment,
) -> None:
    await deployment.ready(crashes=True)
    boto3.client("ecs").update_service(
        cluster="prod-cluster",
        service="backend-service-green",
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": False, "rollback": False}},
    )
    await deployment.starts()
    await failed_before_traffic(
        deployment,
        "Not up after 2 s: 0 of 3 tasks run",
        "tasks stopped: Essential container in task exited (backend: exit code 1).",
    )
    assert (await deployment.logged())["outcome"] == "failed"
    refused = await deployment.studio.types("U0CHLOE", "/filmops deploy backend v1.4.1")
    assert "frozen" in refused


@pytest.mark.parametrize("studio", [SOON], indirect=True)
async def test_one_that_fails_its_health_checks_is_rolled_back_by_ecs(
    deployment: Deployment,
) -> None:
    await deployment.ready(fails_health=True)
    await deployment.starts()
    ended = await failed_before_traffic(deployment, "ECS went back to backend:1")
    assert "3 tasks stopped: Task failed ELB health checks" in ended
    releases = await deployment.studio.types("U0CHLOE", "/filmops releases backend")
    assert "❌ failed" in releases


@pytest.mark.parametrize("studio", [SOON], indirect=True)
async def test_what_ecs_has_rolled_back_is_no_success_however_steady_it_looks(
    deployment: Deployment,
) -> None:
    await deployment.ready(crashes=True)
    # Before anybody looks, the circuit breaker has acted and the old revision is COMPLETED.
    await deployment.aws.tell("speed", factor=200)
    await deployment.starts()
    ended = await failed_before_traffic(deployment, "ECS went back to backend:1")
    green = await deployment.aws.half("green")
    assert (green["version"], green["running"], green["desired"]) == ("v1.4.1", 3, 3)
    assert "3 of 3 tasks run" not in ended


@pytest.mark.parametrize("studio", [SOON], indirect=True)
async def test_a_migration_that_fails_ends_it_before_anything_is_registered(
    deployment: Deployment,
) -> None:
    await deployment.ready(migration_exit_code=1)
    await deployment.starts("--schema reversible")
    await failed_before_traffic(deployment, "The migration ended with 1")
    said = await deployment.studio.thread_says("canceling statement due to lock timeout")
    assert "$ alembic upgrade head" in said
    # One revision, which is the migration's own; the service's was never asked for.
    assert await deployment.aws.changes() == ["RegisterTaskDefinition", "RunTask"]


async def test_a_version_nobody_has_built_is_refused_and_a_typo_is_named(
    deployment: Deployment,
) -> None:
    await deployment.ready()
    studio = deployment.studio
    missing = await studio.types("U0ANA", "/filmops deploy backend release-7")
    assert "image_missing" in missing
    assert "backend:release-7 is not in the registry" in missing
    typo = await studio.types("U0ANA", "/filmops deploy backend v1.43")
    assert "There is no v1.43 of Backend API in the registry. Did you mean v1.4.3?" in typo
    same = await studio.types("U0ANA", f"/filmops deploy backend {OLD}")
    assert "Backend API runs v1.4.2 already, on blue." in same
    await studio.nothing_changed()
