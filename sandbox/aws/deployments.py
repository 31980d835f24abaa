"""ECS rolling deployments and one-off tasks, in seconds instead of minutes.

The ECS mend starts them; `schedule` finishes them. moto calls every update done at once and
leaves `deployments[]` as it was.
"""

from __future__ import annotations

import time
from typing import Any

from moto.core.utils import utcnow
from moto.ecs.models import Service as EcsService
from moto.ecs.models import Task, TaskDefinition
from moto.moto_api._internal import mock_random

from sandbox.aws import fleet
from sandbox.aws.plant import Plant

DEPLOYMENT_SECONDS = 2.0
SCALE_SECONDS = 1.0
PENDING_SECONDS = 0.4
TASK_SECONDS = 1.2


def deployment(service: EcsService, definition: str, created: Any) -> dict[str, Any]:
    """A PRIMARY deployment on its way."""
    name = f"ecs-svc/{mock_random.randint(10**18, 10**19 - 1)}"
    return {
        "id": name,
        "status": "PRIMARY",
        "taskDefinition": definition,
        "desiredCount": service.desired_count,
        "pendingCount": service.desired_count,
        "runningCount": 0,
        "failedTasks": 0,
        "createdAt": created,
        "updatedAt": created,
        "launchType": "FARGATE",
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "networkConfiguration": service.network_configuration,
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": f"ECS deployment {name} in progress.",
    }


def complete(entry: dict[str, Any]) -> None:
    """Say that a deployment has reached a steady state."""
    entry["rolloutState"] = "COMPLETED"
    entry["rolloutStateReason"] = f"ECS deployment {entry['id']} completed."


def deploy(plant: Plant, service: EcsService, definition: str) -> None:
    """Begin to replace the service's tasks; the old deployment stays until they are gone."""
    for older in service.deployments:
        older["status"] = "ACTIVE"
    newest = deployment(service, definition, utcnow())
    service.task_definition = definition
    service.deployments.insert(0, newest)
    _event(service, f"has started a deployment {newest['id']}.")
    plant.schedule.after(DEPLOYMENT_SECONDS, lambda: finish(plant, service, newest["id"]))


def finish(plant: Plant, service: EcsService, deployment_id: str) -> None:
    """Replace the tasks, unless a later deployment has overtaken this one."""
    newest = service.deployments[0]
    if newest["id"] != deployment_id or service.status != "ACTIVE":
        return
    fleet.adopt(plant, service)
    old = fleet.tasks_of(plant, service)
    fleet.launch(plant, service, service.desired_count or 0)
    fleet.retire(plant, service, old)
    service.deployments[1:] = []
    complete(newest)
    fleet.count(plant, service)
    _event(service, "has reached a steady state.")


def rescale(plant: Plant, service: EcsService) -> None:
    """Follow a new desired count: no new deployment, only more or fewer tasks."""
    fleet.count(plant, service)

    def follow() -> None:
        if len(service.deployments) == 1:
            fleet.scale(plant, service, service.desired_count or 0)

    plant.schedule.after(SCALE_SECONDS, follow)


def run_once(plant: Plant, task: Task, definition: TaskDefinition) -> None:
    """Let a one-off task go PENDING, RUNNING, STOPPED, and write its log."""
    fleet.mark(task, "PENDING")

    def start() -> None:
        if task.desired_status == "RUNNING":
            fleet.mark(task, "RUNNING")
            _log(plant, task, definition, "started")

    def stop() -> None:
        if task.desired_status != "RUNNING":
            return
        code = plant.exit_codes.get(str(definition.family), 0)
        _log(
            plant, task, definition, "done" if code == 0 else f"ERROR failed with exit code {code}"
        )
        fleet.mark(task, "STOPPED", code, "Essential container in task exited")

    plant.schedule.after(PENDING_SECONDS, start)
    plant.schedule.after(PENDING_SECONDS + TASK_SECONDS, stop)


def _log(plant: Plant, task: Task, definition: TaskDefinition, text: str) -> None:
    container: Any = definition.container_definitions[0]
    options = container.get("logConfiguration", {}).get("options", {})
    group = options.get("awslogs-group")
    if group is None or group not in plant.logs.groups:
        return
    stream = f"{options.get('awslogs-stream-prefix', 'ecs')}/{container['name']}/{task.id}"
    plant.logs.ensure_log_stream(group, stream)
    event = {"timestamp": int(time.time() * 1000), "message": f"{definition.family}: {text}"}
    plant.logs.put_log_events(group, stream, [event])


def _event(service: EcsService, text: str) -> None:
    entry = {"id": str(mock_random.uuid4()), "createdAt": utcnow()}
    service.events.insert(0, {**entry, "message": f"(service {service.name}) {text}"})
