"""One ECS task: its states, its address, its end.

`fleet` gives a service's tasks their places in target groups, `rollouts` decides when they
start, `one_off` runs those that end by themselves. moto stops a task by reading it four times,
keeps its network interface for ever and knows of its first container only.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from moto.core.utils import utcnow
from moto.ecs.models import Container, Task, TaskDefinition

from sandbox.aws.plant import Plant

# Stopped tasks ECS would show for an hour; of each service or family the newest stay.
STOPPED_KEPT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a task ended: ECS' stopCode and stoppedReason, and its application's exit code.

    No exit code when its container never ran.
    """

    code: str
    reason: str
    exit_code: int | None = None


def exited(exit_code: int) -> Ending:
    """The application ended by itself."""
    reason = "Essential container in task exited"
    return Ending(code="EssentialContainerExited", reason=reason, exit_code=exit_code)


def never_started(reason: str) -> Ending:
    """No image, no address: nothing ran."""
    return Ending(code="TaskFailedToStart", reason=reason)


def app_container(definition: TaskDefinition) -> dict[str, Any]:
    """The container that is the application: the first essential one."""
    containers: list[dict[str, Any]] = definition.container_definitions
    return next((each for each in containers if each.get("essential", True)), containers[0])


def new_task(
    plant: Plant, cluster_name: str, definition: TaskDefinition, status: str, **details: Any
) -> Task:
    """A task in the cluster's list. `details`: group, started_by, overrides, tags."""
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
    # moto leaves CloudFormation's half of the class abstract.
    container: Any = Container
    for sidecar in definition.container_definitions[1:]:
        alone = SimpleNamespace(arn=definition.arn, container_definitions=[sidecar])
        task.containers.append(container(alone))
    ecs.tasks.setdefault(cluster_name, {})[task.task_arn] = task
    mark(task, status)
    return task


def mark(task: Task, status: str) -> None:
    """Set a task's state on its way up, with the times that belong to it."""
    now: Any = utcnow()
    details: dict[str, Any] = {"created_at": getattr(task, "created_at", now)}
    if status == "RUNNING":
        details["started_at"] = now
    _set(task, status, details)
    for container in task.containers:
        # moto says 0 from the start; a container that has not ended has no exit code.
        setattr(container, "exitCode", None)  # noqa: B010 - moto types it as always an int


def stop(plant: Plant, task: Task, ending: Ending) -> None:
    """End a task; its address is free again."""
    now: Any = utcnow()
    details = {"stopping_at": now, "stopped_at": now, "stopped_reason": ending.reason}
    details["stop_code"] = ending.code
    task.desired_status = "STOPPED"
    _set(task, "STOPPED", details)
    app = app_container(plant.ecs.describe_task_definition(task.task_definition_arn))["name"]
    for container in task.containers:
        ran = None if ending.exit_code is None else 0
        code = ending.exit_code if container.name == app else ran
        setattr(container, "exitCode", code)  # noqa: B010
    _free(plant, task)
    _forget_older(plant, task)


def address(task: Task) -> str:
    """The private address of a task, which is its target's id."""
    return _detail(task, "privateIPv4Address")


def version_of(definition: TaskDefinition) -> str:
    """The version a task definition runs: its image's tag."""
    return str(app_container(definition)["image"]).rsplit(":", 1)[-1]


def _set(task: Task, status: str, details: dict[str, Any]) -> None:
    for name, value in details.items():
        setattr(task, name, value)
    task.last_status = status
    for container in task.containers:
        container.last_status = status
        container.task_arn = task.task_arn


def _detail(task: Task, name: str) -> str:
    details: Any = task.attachments[0]["details"]
    return next(str(each["value"]) for each in details if each["name"] == name)


def _free(plant: Plant, task: Task) -> None:
    interface = _detail(task, "networkInterfaceId")
    if interface in plant.ec2.enis:
        plant.ec2.delete_network_interface(interface)
    attachment: Any = task.attachments[0]
    attachment["status"] = "DELETED"


def _forget_older(plant: Plant, task: Task) -> None:
    listed = plant.ecs.tasks.get(task.cluster_name, {})
    stopped = [
        arn
        for arn, each in listed.items()
        if each.group == task.group and each.desired_status == "STOPPED"
    ]
    for arn in stopped[:-STOPPED_KEPT]:
        del listed[arn]
