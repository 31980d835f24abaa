"""The tasks behind the ECS services, and their places in the target groups.

`seed` starts the first ones, `rollouts` replaces them, `control` takes some away. moto keeps
a number per service and no tasks at all; here every running task is a task and a target.
"""

from __future__ import annotations

from moto.core.utils import utcnow
from moto.ecs.models import Service as EcsService
from moto.ecs.models import Task

from bot.topology import Colour, Service
from sandbox.aws import tasks
from sandbox.aws.plant import Plant

DRAIN_SECONDS = 5.0
PORT = "8000"


def ecs_service(plant: Plant, service: Service, colour: Colour) -> EcsService:
    """A colour's ECS service. Raises KeyError when somebody deleted it."""
    cluster = plant.topology.clusters[service.cluster]
    return plant.ecs.services[f"{cluster}:{service.colours[colour].ecs_service}"]


def owner_of(plant: Plant, service: EcsService) -> tuple[str, Colour] | None:
    """The topology's service and colour behind an ECS service."""
    for key, value in plant.topology.services.items():
        if plant.topology.clusters[value.cluster] == service.cluster_name:
            for colour, half in value.colours.items():
                if half.ecs_service == service.name:
                    return key, colour
    return None


def image_version(plant: Plant, service: EcsService) -> str:
    """The version an ECS service is meant to run."""
    return tasks.version_of(plant.ecs.describe_task_definition(str(service.task_definition)))


def adopt(plant: Plant, service: EcsService) -> None:
    """Let a colour serve as the version last deployed to it does, if it does not yet."""
    owner = owner_of(plant, service)
    now = (str(service.deployments[0]["id"]), image_version(plant, service))
    if owner is not None and plant.serving.get(owner) != now:
        plant.serving[owner] = now
        plant.qualities[owner] = plant.quality_of(owner[0], now[1])


def tasks_of(plant: Plant, service: EcsService, *statuses: str) -> list[Task]:
    """The tasks of an ECS service that are in one of these states, oldest first."""
    return [
        task
        for task in plant.ecs.tasks.get(service.cluster_name, {}).values()
        if task.group == f"service:{service.name}"
        and task.desired_status == "RUNNING"
        and task.last_status in statuses
    ]


def place(plant: Plant, service: EcsService, status: str) -> Task:
    """One more task of the service's newest deployment, without a target."""
    return tasks.new_task(
        plant,
        service.cluster_name,
        plant.ecs.describe_task_definition(str(service.task_definition)),
        status,
        group=f"service:{service.name}",
        started_by=service.deployments[0]["id"],
    )


def enter(plant: Plant, service: EcsService, task: Task) -> None:
    """Register a task as a target of the service's groups."""
    for balancer in service.load_balancers:
        plant.elb.register_targets(
            balancer["targetGroupArn"], [{"Id": tasks.address(task), "Port": PORT}]
        )


def end(plant: Plant, service: EcsService, task: Task, ending: tasks.Ending) -> None:
    """Stop a task; its target drains for a while."""
    for balancer in service.load_balancers:
        _drain(plant, balancer["targetGroupArn"], tasks.address(task))
    tasks.stop(plant, task, ending)


def retire(plant: Plant, service: EcsService, old: list[Task]) -> None:
    """Stop tasks that are not wanted any more."""
    newest = service.deployments[0]["id"]
    for task in old:
        ending = tasks.Ending(
            code="ServiceSchedulerInitiated",
            reason=f"Scaling activity initiated by (deployment {newest})",
            exit_code=0 if task.last_status == "RUNNING" else None,
        )
        end(plant, service, task, ending)


def scale(plant: Plant, service: EcsService, running: int) -> None:
    """Make this many tasks run at once and pass, and let the service's counts say so."""
    there = tasks_of(plant, service, "RUNNING")
    for _ in range(running - len(there)):
        enter(plant, service, place(plant, service, "RUNNING"))
    retire(plant, service, there[running:])
    count(plant, service)


def count(plant: Plant, service: EcsService) -> None:
    """Let the service and its deployments report the tasks that really are there."""
    running, pending = tasks_of(plant, service, "RUNNING"), tasks_of(plant, service, "PENDING")
    desired = service.desired_count or 0
    service.running_count = len(running)
    service.pending_count = max(len(pending), desired - len(running))
    for number, entry in enumerate(service.deployments):
        mine = sum(task.started_by == entry["id"] for task in running)
        wanted = desired if number == 0 else mine
        failed = entry["rolloutState"] == "FAILED"
        counts = {
            "desiredCount": 0 if failed and number else wanted,
            "runningCount": mine,
            "pendingCount": 0 if failed else max(0, wanted - mine),
        }
        if any(entry[name] != value for name, value in counts.items()):
            entry |= {**counts, "updatedAt": utcnow()}


def _drain(plant: Plant, arn: str, target: str) -> None:
    plant.warming.discard(target)
    plant.failing.discard(target)
    group = plant.elb.target_groups.get(arn)
    if group is None or target not in group.targets:
        return
    group.deregister([{"Id": target}])
    leaving = plant.draining.setdefault(arn, set())
    leaving.add(target)
    plant.schedule.after(DRAIN_SECONDS, lambda: leaving.discard(target))
