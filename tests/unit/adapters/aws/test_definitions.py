"""What of a task definition is registered anew, and when two are the same."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from bot.adapters.aws import definitions
from bot.errors import OperationFailed

pytestmark = pytest.mark.unit

ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/backend:41"


def described(**changes: Any) -> dict[str, Any]:
    """A definition as ECS tells it, with all that it takes from nobody."""
    app = {
        "name": "backend",
        "image": "registry/backend:v1",
        "essential": True,
        "command": ["serve", "--port", "8000"],
        "environment": [{"name": "A", "value": "1"}, {"name": "FLAGS", "value": ""}],
        "mountPoints": [],
    }
    sidecar = {"name": "logs", "image": "fluent-bit:2", "essential": False}
    told = dict.fromkeys(definitions.ONLY_TOLD, "told")
    return {
        **told,
        "taskDefinitionArn": ARN,
        "status": "ACTIVE",
        "family": "backend",
        "requiresCompatibilities": ["FARGATE", "EC2"],
        "containerDefinitions": [sidecar, app],
        **changes,
    }


def rendered(definition: dict[str, Any], container: str = "") -> dict[str, Any]:
    """What would be registered with v2."""
    tags = [{"key": "team", "value": "films"}, {"key": "aws:cloudformation:stack", "value": "x"}]
    return definitions.rendered(definition, tags, container=container, image="registry/backend:v2")


def test_only_what_ecs_takes_is_registered() -> None:
    ecs: Any = botocore.session.get_session().get_service_model("ecs")
    registering = ecs.operation_model("RegisterTaskDefinition")
    told = set(registering.output_shape.members["taskDefinition"].members)
    taken = set(registering.input_shape.members)
    assert told - taken == definitions.ONLY_TOLD
    assert set(rendered(described())) <= taken


def test_the_image_of_the_first_essential_container_changes_and_nothing_else() -> None:
    before = described()
    after = rendered(before)
    sidecar, app = after["containerDefinitions"]
    assert app["image"] == "registry/backend:v2"
    assert sidecar == before["containerDefinitions"][0]
    assert {**app, "image": "registry/backend:v1"} == before["containerDefinitions"][1]
    assert before == described(), "the definition that was read stays as it was"


def test_a_named_container_is_the_one_and_a_wrong_name_is_told() -> None:
    sidecar, app = rendered(described(), "logs")["containerDefinitions"]
    assert (sidecar["image"], app["image"]) == ("registry/backend:v2", "registry/backend:v1")
    with pytest.raises(OperationFailed) as failed:
        rendered(described(), "web")
    assert failed.value.code == "no_container"
    assert "web" in failed.value.message


def test_looking_takes_another_container_rather_than_none() -> None:
    assert definitions.shown_image(described(), "web") == "registry/backend:v1"
    assert definitions.shown_image(described(), "logs") == "fluent-bit:2"
    assert definitions.shown_image({}, "web") == ""


def test_tags_go_along_but_for_those_of_aws() -> None:
    assert rendered(described())["tags"] == [{"key": "team", "value": "films"}]


def container(**changes: Any) -> dict[str, Any]:
    """The definition with its application changed."""
    sidecar, app = described()["containerDefinitions"]
    return described(containerDefinitions=[sidecar, {**app, **changes}])


@pytest.mark.parametrize(
    "other",
    [
        described(revision=42, registeredAt="later", tags=[{"key": "seen", "value": "yes"}]),
        described(containerDefinitions=described()["containerDefinitions"][::-1]),
        described(requiresCompatibilities=["EC2", "FARGATE"]),
        described(volumes=[]),
        container(environment=described()["containerDefinitions"][1]["environment"][::-1]),
    ],
    ids=["told only", "containers", "compatibilities", "nothing", "environment"],
)
def test_what_ecs_reorders_or_adds_makes_no_difference(other: dict[str, Any]) -> None:
    assert definitions.same(described(), other)


@pytest.mark.parametrize(
    "other",
    [
        described(cpu="512"),
        container(image="registry/backend:v2"),
        container(command=["--port", "serve", "8000"]),
        container(environment=[{"name": "A", "value": "1"}]),
        container(environment=[{"name": "A", "value": "1"}, {"name": "FLAGS", "value": "x"}]),
    ],
    ids=["size", "image", "command", "an empty value", "a value"],
)
def test_what_runs_otherwise_is_not_the_same(other: dict[str, Any]) -> None:
    assert not definitions.same(described(), other)


def test_the_order_of_environment_files_counts() -> None:
    files = [{"type": "s3", "value": "one"}, {"type": "s3", "value": "two"}]
    assert not definitions.same(
        container(environmentFiles=files), container(environmentFiles=files[::-1])
    )
