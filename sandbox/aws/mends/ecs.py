"""ecs: services whose deployments take time, tasks one can filter, one-off tasks that end.

The changes themselves are in `sandbox.aws.rollouts` and `one_off`; task definitions have a
mend of their own.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import (
    EcsClientException,
    InvalidParameterException,
    ServiceNotFoundException,
)
from moto.ecs.models import Task
from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.aws import deployments, fleet, one_off, rollouts, tasks
from sandbox.aws.mends import Own, mend
from sandbox.aws.mends.task_definitions import find
from sandbox.aws.plant import Plant

# What an UpdateService may carry here; anything else is refused, not ignored.
UPDATABLE = {
    *("cluster", "service", "desiredCount", "taskDefinition", "forceNewDeployment"),
    "deploymentConfiguration",
}
CONFIGURABLE = {"deploymentCircuitBreaker", "maximumPercent", "minimumHealthyPercent"}


def install(plant: Plant) -> None:
    """Mend update_service, list_tasks, describe_tasks, run_task and stop_task."""

    def update_service(call: Any, own: Own) -> ActionResult:
        return _update_service(plant, call.params)

    def list_tasks(call: Any, own: Own) -> ActionResult:
        return ActionResult({"taskArns": [task.task_arn for task in _list(plant, call.params)]})

    def describe_tasks(call: Any, own: Own) -> ActionResult:
        return _describe_tasks(plant, call.params)

    def run_task(call: Any, own: Own) -> ActionResult:
        started = one_off.run(plant, _cluster(plant, call.params), call.params)
        return ActionResult({"tasks": started, "failures": []})

    def stop_task(call: Any, own: Own) -> ActionResult:
        return _stop_task(plant, call.params)

    for action in (update_service, list_tasks, describe_tasks, run_task, stop_task):
        mend(EC2ContainerServiceResponse, action.__name__, action)


def _cluster(plant: Plant, params: Any) -> str:
    """The short name of the call's cluster; ClusterNotFoundException when there is none."""
    name = str(params.get("cluster") or "default").split("/")[-1]
    found, _ = plant.ecs.describe_clusters([name])
    if not found:
        plant.ecs.list_tasks(cluster_str=name)  # raises the service's own error
    return name


def _update_service(plant: Plant, params: Any) -> ActionResult:
    configuration = params.get("deploymentConfiguration") or {}
    unknown = (set(params) - UPDATABLE) | (set(configuration) - CONFIGURABLE)
    if unknown:
        raise InvalidParameterException(f"The sandbox cannot update {', '.join(sorted(unknown))}.")
    name = str(params.get("service")).split("/")[-1]
    service = plant.ecs.services.get(f"{_cluster(plant, params)}:{name}")
    if service is None:
        raise ServiceNotFoundException
    definition = _definition(plant, params.get("taskDefinition"))
    deployments.configure(service, configuration)
    desired = params.get("desiredCount")
    if desired is not None:
        service.desired_count = desired
    current = str(service.task_definition)
    if params.get("forceNewDeployment") or definition not in (None, current):
        rollouts.deploy(plant, service, definition or current)
    elif desired is not None:
        rollouts.rescale(plant, service)
    return ActionResult({"service": service})


def _definition(plant: Plant, wanted: str | None) -> str | None:
    """The ARN of a task definition that may be deployed; None when none was named."""
    if wanted is None:
        return None
    definition = find(plant, wanted)
    if definition.status != "ACTIVE":
        raise EcsClientException("TaskDefinition is inactive")
    return str(definition.arn)


def _list(plant: Plant, params: Any) -> list[Task]:
    found = list(plant.ecs.tasks.get(_cluster(plant, params), {}).values())
    status = params.get("desiredStatus") or "RUNNING"
    found = [task for task in found if task.desired_status == status]
    if params.get("serviceName"):
        group = f"service:{str(params.get('serviceName')).split('/')[-1]}"
        found = [task for task in found if task.group == group]
    if params.get("family"):
        family = f"/{params.get('family')}:"
        found = [task for task in found if family in task.task_definition_arn]
    if params.get("startedBy"):
        found = [task for task in found if task.started_by == params.get("startedBy")]
    return found


def _describe_tasks(plant: Plant, params: Any) -> ActionResult:
    asked = params.get("tasks") or []
    if not asked:
        raise InvalidParameterException("Tasks cannot be empty.")
    known = {task.id: task for task in plant.ecs.tasks.get(_cluster(plant, params), {}).values()}
    found = [known[name] for arn in asked if (name := arn.split("/")[-1]) in known]
    missing = [
        {"arn": arn, "reason": "MISSING"} for arn in asked if arn.split("/")[-1] not in known
    ]
    return ActionResult({"tasks": found, "failures": missing})


def _stop_task(plant: Plant, params: Any) -> ActionResult:
    name = str(params.get("task")).split("/")[-1]
    found = plant.ecs.tasks.get(cluster := _cluster(plant, params), {}).values()
    task = next((each for each in found if each.id == name), None)
    if task is None:
        raise InvalidParameterException("The referenced task was not found.")
    if task.desired_status == "STOPPED":
        return ActionResult({"task": task})
    ending = tasks.Ending(
        code="UserInitiated",
        reason=params.get("reason") or "Task stopped by user",
        exit_code=137 if task.last_status == "RUNNING" else None,
    )
    service = plant.ecs.services.get(f"{cluster}:{task.group.removeprefix('service:')}")
    if service is None:
        tasks.stop(plant, task, ending)
    else:
        fleet.end(plant, service, task, ending)
        rollouts.rescale(plant, service)
    return ActionResult({"task": task})
