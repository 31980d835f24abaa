"""ecs: task definitions as the service keeps them.

moto forgets who registered one and what it requires, takes the newest revision also when it is
INACTIVE, lists without order or pages, and drops what it does not know without a word.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ecs.exceptions import EcsClientException, TaskDefinitionNotFoundException
from moto.ecs.models import TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.aws import definitions
from sandbox.aws.mends import Own, mend, paged
from sandbox.aws.plant import Plant

# What moto keeps of a RegisterTaskDefinition; anything else is refused, not forgotten.
KEPT = {
    *("family", "containerDefinitions", "volumes", "tags", "networkMode", "placementConstraints"),
    *("requiresCompatibilities", "cpu", "memory", "taskRoleArn", "executionRoleArn"),
    *("proxyConfiguration", "inferenceAccelerators", "runtimePlatform", "ipcMode", "pidMode"),
    "ephemeralStorage",
}


def install(plant: Plant) -> None:
    """Mend register, describe, list and deregister."""

    def register_task_definition(call: Any, own: Own) -> ActionResult:
        return _register(plant, call.params, own)

    def describe_task_definition(call: Any, own: Own) -> ActionResult:
        definition = find(plant, str(call.params.get("taskDefinition")))
        with_tags = "TAGS" in (call.params.get("include") or [])
        tags = {"tags": definition.tags} if with_tags else {}
        return ActionResult({"taskDefinition": definition, **tags})

    def list_task_definitions(call: Any, own: Own) -> ActionResult:
        return _list(plant, call.params)

    def deregister_task_definition(call: Any, own: Own) -> ActionResult:
        result = own()
        definition: Any = find(plant, str(call.params.get("taskDefinition")))
        definition.deregistered_at = utcnow()
        return result

    for action in (
        register_task_definition,
        describe_task_definition,
        list_task_definitions,
        deregister_task_definition,
    ):
        mend(EC2ContainerServiceResponse, action.__name__, action)


def find(plant: Plant, name: str) -> TaskDefinition:
    """A revision by ARN or `family:revision`, or a family's newest ACTIVE one.

    Raises ECS' ClientException when there is none.
    """
    family, _, revision = name.rsplit("/", maxsplit=1)[-1].partition(":")
    revisions = plant.ecs.task_definitions.get(family, {})
    if revision:
        found = revisions.get(int(revision)) if revision.isdigit() else None
    else:
        active = [each for each in revisions.values() if each.status == "ACTIVE"]
        found = max(active, key=lambda each: each.revision, default=None)
    if found is None:
        raise TaskDefinitionNotFoundException
    return found


def _register(plant: Plant, params: Any, own: Own) -> ActionResult:
    unknown = set(params) - KEPT
    if unknown:
        text = f"The sandbox cannot register {', '.join(sorted(unknown))}."
        raise EcsClientException(text)
    own()
    family = plant.ecs.task_definitions[str(params.get("family"))]
    definition = family[max(family)]
    definitions.complete(plant, definition, f"arn:aws:sts::{plant.account}:user/moto")
    return ActionResult({"taskDefinition": definition, "tags": definition.tags})


def _list(plant: Plant, params: Any) -> ActionResult:
    prefix, status = params.get("familyPrefix"), params.get("status") or "ACTIVE"
    found = sorted(
        (each.family, each.revision, str(each.arn))
        for family, revisions in plant.ecs.task_definitions.items()
        if prefix in (None, family)
        for each in revisions.values()
        if each.status == status
    )
    if params.get("sort") == "DESC":
        found.reverse()
    page, token = paged([arn for _, _, arn in found], params)
    return ActionResult({"taskDefinitionArns": page, "nextToken": token})
