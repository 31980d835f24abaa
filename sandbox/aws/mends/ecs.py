"""ecs: services whose deployments take time, tasks one can filter, one-off tasks that end.

The changes themselves are in `sandbox.aws.deployments`.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException, ServiceNotFoundException
from moto.ecs.models import Task
from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.aws import deployments, fleet
from sandbox.aws.mends import Own, mend
from sandbox.aws.plant import Plant

# What an UpdateService may carry here; anything else is refused, not ignored.
UPDATABLE = {"cluster", "service", "desiredCount", "taskDefinition", "forceNewDeployment"}


def install(plant: Plant) -> None:
    """Mend update_service, list_tasks, describe_tasks and run_task."""

    def update_service(call: Any, own: Own) -> ActionResult:
        return _update_service(plant, call.params)

    def list_tasks(call: Any, own: Own) -> ActionResult:
        return ActionResult({"taskArns": [task.task_arn for task in _list(plant, call.params)]})

    def describe_tasks(call: Any, own: Own) -> ActionResult:
        return _describe_tasks(plant, call.params)

    def run_task(call: Any, own: Own) -> ActionResult:
        return _run_task(plant, call.params)

    for action in (update_service, list_tasks, describe_tasks, run_task):
        mend(EC2ContainerServiceResponse, action.__name__, action)


def _cluster(plant: Plant, params: Any) -> str:
    """The short name of the call's cluster; ClusterNotFoundException when there is none."""
    name = str(params.get("cluster") or "default").split("/")[-1]
    found, _ = plant.ecs.describe_clusters([name])
    if not found:
        plant.ecs.list_tasks(cluster_str=name)  # raises the service's own error
    return name


def _update_service(plant: Plant, params: Any) -> ActionResult:
    unknown = set(params) - UPDATABLE
    if unknown:
        raise InvalidParameterException(f"The sandbox cannot update {', '.join(sorted(unknown))}.")
    name = str(params.get("service")).split("/")[-1]
    service = plant.ecs.services.get(f"{_cluster(plant, params)}:{name}")
    if service is None:
        raise ServiceNotFoundException
    desired = params.get("desiredCount")
    if desired is not None:
        service.desired_count = desired
    wanted = params.get("taskDefinition")
    definition = str(plant.ecs.describe_task_definition(wanted).arn) if wanted else None
    current = str(service.task_definition)
    if params.get("forceNewDeployment") or definition not in (None, current):
        deployments.deploy(plant, service, definition or current)
    elif desired is not None:
        deployments.rescale(plant, service)
    return ActionResult({"service": service})


def _list(plant: Plant, params: Any) -> list[Task]:
    tasks = list(plant.ecs.tasks.get(_cluster(plant, params), {}).values())
    status = params.get("desiredStatus") or "RUNNING"
    tasks = [task for task in tasks if task.desired_status == status]
    if params.get("serviceName"):
        group = f"service:{str(params.get('serviceName')).split('/')[-1]}"
        tasks = [task for task in tasks if task.group == group]
    if params.get("family"):
        family = f"/{params.get('family')}:"
        tasks = [task for task in tasks if family in task.task_definition_arn]
    if params.get("startedBy"):
        tasks = [task for task in tasks if task.started_by == params.get("startedBy")]
    return tasks


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


def _run_task(plant: Plant, params: Any) -> ActionResult:
    definition = plant.ecs.describe_task_definition(params.get("taskDefinition"))
    if definition.network_mode == "awsvpc" and not params.get("networkConfiguration"):
        raise InvalidParameterException(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        )
    tasks = []
    for _ in range(params.get("count") or 1):
        task = fleet.new_task(
            plant,
            _cluster(plant, params),
            definition,
            group=params.get("group") or f"family:{definition.family}",
            overrides=params.get("overrides") or {},
            started_by=params.get("startedBy") or "",
            tags=params.get("tags") or [],
        )
        deployments.run_once(plant, task, definition)
        tasks.append(task)
    return ActionResult({"tasks": tasks, "failures": []})
