"""The other executor: a workflow of GitHub deploys and rolls back; FilmOps starts and watches it.

The local GitHub's workflow moves the plant by its controls, so AWS sees no call of ours.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from blocks import ids
from tests.github import LocalGithub
from tests.scenario.deployment import NEW, OLD, SOON, Deployment

pytestmark = pytest.mark.scenario

GITHUB = {
    **SOON,
    "more": """
[services.backend.deploy.github]
repository = "ai-film-studio/backend"
checks = ["test", "lint"]
workflow = "deploy.yml"
""",
}


@pytest.fixture
def variables(github: LocalGithub) -> Mapping[str, str]:
    """Where GitHub is, and the key to it."""
    return {"GITHUB_TOKEN": "sandbox-github", "GITHUB_API_URL": github.url}


def does(deployment: Deployment, github: LocalGithub, knob: str, **body: object) -> None:
    """What the next run of the workflow does to production."""
    hook = {"url": f"{deployment.studio.outside.world.url('aws')}/_control/{knob}", "body": body}
    github.tell("ending", queued=0.1, seconds=0.3, hook=hook)


@pytest.mark.parametrize("studio", [GITHUB], indirect=True)
async def test_a_workflow_deploys_and_a_workflow_rolls_back(
    deployment: Deployment, github: LocalGithub
) -> None:
    await deployment.ready()
    studio, aws = deployment.studio, deployment.aws
    landed = {"service": "backend", "colour": "green", "version": NEW}
    does(deployment, github, "workflow", **landed)
    planned = await deployment.starts("--via github --schema none")
    assert "✅ ok: All tests pass" in planned
    assert "github.create_workflow_dispatch" in planned
    ended = await studio.card_says("done in")
    assert "green runs v1.4.3 and has all the traffic." in ended
    (run,) = github.runs()
    assert run["inputs"] == {"action": "deploy", "version": NEW, "filmops": "filmops-R1"}
    # FilmOps itself changed nothing: the workflow did, once.
    assert await aws.changes() == []
    assert await aws.weights() == (0, 100)
    assert (await deployment.logged())["outcome"] == "deployed"

    does(deployment, github, "weights", service="backend", blue=100, green=0)
    answer = await studio.types("U0ANA", "/filmops rollback backend --via github")
    assert "is waiting in" in answer
    await studio.clicks("U0BEN", ids.APPROVE, 3)
    ended = await studio.card_says("done in", request=3)
    assert f"/version says {OLD}" in ended
    assert [run["inputs"]["action"] for run in github.runs()] == ["deploy", "rollback"]
    assert await aws.changes() == []
    assert await aws.weights() == (100, 0)


@pytest.mark.parametrize("studio", [GITHUB], indirect=True)
async def test_a_workflow_that_fails_half_way_is_put_back(
    deployment: Deployment, github: LocalGithub
) -> None:
    await deployment.ready()
    hook = {
        "url": f"{deployment.studio.outside.world.url('aws')}/_control/weights",
        "body": {"service": "backend", "blue": 50, "green": 50},
    }
    github.tell("ending", conclusion="failure", queued=0.1, seconds=0.3, hook=hook)
    await deployment.starts("--via github --schema none")
    ended = await deployment.studio.card_says("failed after", "gone back")
    assert "ended as failure." in ended
    assert await deployment.aws.weights() == (100, 0)
    assert await deployment.moves() == ["ModifyListener", "ModifyRule"]
    assert await deployment.frozen() == ["service/backend: R1 failed: v1.4.3 was rolled back"]
