"""The tasks behind the ECS services, and their places in the target groups.

`seed` starts the first ones, `deployments` replaces them, `control` takes some away. moto keeps
a number per service and no tasks at all; here every running task is a task and a target.
"""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow
from moto.ecs.models import Service as EcsService
from moto.ecs.models import Task, TaskDefinition

from bot.topology import Colour, Service
from sandbox.aws.plant import Plant

DRAIN_SECONDS = 5.0
PORT = "8000"


def ecs_service(plant: Plant, service: Service, colour: Colour) -> EcsService:
    """A colour's ECS service. Raises KeyError when somebody deleted it."""
    cluster = plant.topology.clusters[service.cluster]
    return plant.ecs.services[f"{cluster}:{service.colours[colour].ecs_service}"]


def image_version(plant: Plant, service: EcsService) -> str:
    """The version an ECS service runs: its image's tag."""
    definition = plant.ecs.describe_task_definition(str(service.task_definition))
    return str(definition.container_definitions[0]["image"]).rsplit(":", 1)[-1]


def adopt(plant: Plant, service: EcsService) -> None:
    """Let a colour serve as the version just deployed to it does."""
    for key, value in plant.topology.services.items():
        for colour, half in value.colours.items():
            place = (plant.topology.clusters[value.cluster], half.ecs_service)
            if place == (service.cluster_name, service.name):
                quality = plant.quality_of(key, image_version(plant, service))
                plant.qualities[key, colour] = quality


def tasks_of(plant: Plant, service: EcsService) -> list[Task]:
    """The running tasks of an ECS service, oldest first."""
    return [
        task
        for task in plant.ecs.tasks.get(service.cluster_name, {}).values()
        if task.group == f"service:{service.name}" and task.desired_status == "RUNNING"
    ]


def new_task(plant: Plant, cluster_name: str, definition: TaskDefinition, **details: Any) -> Task:
    """A task in the cluster's list, RUNNING. `details`: group, started_by, overrides."""
    ecs = plant.ecs
    task = Task(
        cluster=ecs.clusters[cluster_name],
        task_definition=definition,
        container_instance_arn=None,
        resource_requirements=None,
        backend=ecs,
        launch_type="FARGATE",
        platform_version="1.4.0",
        networking_configuration={
            "awsvpcConfiguration": {
                "subnets": plant.network.subnets,
                "securityGroups": [plant.network.security_group],
            }
        },
        **details,
    )
    ecs.tasks.setdefault(cluster_name, {})[task.task_arn] = task
    mark(task, "RUNNING")
    return task


def mark(task: Task, status: str, exit_code: int | None = None, reason: str = "") -> None:
    """Set a task's state with the times and the exit code that belong to it."""
    now: Any = utcnow()
    details: dict[str, Any] = {"created_at": getattr(task, "created_at", now)}
    if status == "RUNNING":
        details["started_at"] = now
    if status == "STOPPED":
        details |= {
            "stopped_at": now,
            "stopped_reason": reason,
            "stop_code": "EssentialContainerExited",
        }
        task.desired_status = "STOPPED"
    for name, value in details.items():
        setattr(task, name, value)
    task.last_status = status
    for container in task.containers:
        container.last_status = status
        container.task_arn = task.task_arn
        # moto says 0 from the start; a container that runs has no exit code.
        setattr(container, "exitCode", exit_code)  # noqa: B010 - moto types it as always an int


def address(task: Task) -> str:
    """The private address of a task, which is its target's id."""
    details: Any = task.attachments[0]["details"]
    return next(str(d["value"]) for d in details if d["name"] == "privateIPv4Address")


def launch(plant: Plant, service: EcsService, count: int) -> None:
    """Start tasks of the service's task definition and register them as targets."""
    definition = plant.ecs.describe_task_definition(str(service.task_definition))
    started_by = service.deployments[0]["id"] if service.deployments else "console"
    for _ in range(count):
        task = new_task(
            plant,
            service.cluster_name,
            definition,
            group=f"service:{service.name}",
            started_by=started_by,
        )
        for balancer in service.load_balancers:
            plant.elb.register_targets(
                balancer["targetGroupArn"], [{"Id": address(task), "Port": PORT}]
            )


def retire(plant: Plant, service: EcsService, tasks: list[Task]) -> None:
    """Stop tasks; their targets drain for a while."""
    for task in tasks:
        mark(task, "STOPPED", exit_code=0, reason="Scaling activity initiated by deployment")
        for balancer in service.load_balancers:
            _drain(plant, balancer["targetGroupArn"], address(task))


def scale(plant: Plant, service: EcsService, running: int) -> None:
    """Make this many tasks run, and let the service's counts say so."""
    tasks = tasks_of(plant, service)
    launch(plant, service, running - len(tasks))
    retire(plant, service, tasks[running:])
    count(plant, service)


def count(plant: Plant, service: EcsService) -> None:
    """Let the service and its newest deployment report the tasks that really run."""
    service.running_count = len(tasks_of(plant, service))
    service.pending_count = max(0, (service.desired_count or 0) - service.running_count)
    if service.deployments:
        service.deployments[0] |= {
            "desiredCount": service.desired_count,
            "runningCount": service.running_count,
            "pendingCount": service.pending_count,
            "updatedAt": utcnow(),
        }


def _drain(plant: Plant, arn: str, target: str) -> None:
    group = plant.elb.target_groups.get(arn)
    if group is None or target not in group.targets:
        return
    group.deregister([{"Id": target}])
    leaving = plant.draining.setdefault(arn, set())
    leaving.add(target)
    plant.schedule.after(DRAIN_SECONDS, lambda: leaving.discard(target))
