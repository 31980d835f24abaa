"""The entries of an ECS service's `deployments[]` and `events[]`, in ECS' own words.

`seed` and `rollouts` write them; moto leaves `deployments[]` as it was.
"""

from __future__ import annotations

import math
from typing import Any

from moto.core.utils import utcnow
from moto.ecs.models import Service as EcsService
from moto.moto_api._internal import mock_random

EVENTS_KEPT = 100
BREAKER = "ECS deployment circuit breaker"
CONFIGURATION = {
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
}


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
    entry["updatedAt"] = utcnow()


def broken(service: EcsService, entry: dict[str, Any]) -> bool:
    """Whether the circuit breaker has seen enough of a deployment that is not over.

    ECS counts up to half of the desired tasks, 3 at least and 200 at most.
    """
    enough = min(200, max(3, math.ceil((service.desired_count or 0) / 2)))
    return (
        _breaker(service)["enable"]
        and entry["rolloutState"] == "IN_PROGRESS"
        and entry["failedTasks"] >= enough
    )


def fail(service: EcsService, entry: dict[str, Any]) -> dict[str, Any] | None:
    """Say that a deployment failed; give the one to roll back to, if there is and it is wished.

    A rollback that fails is not rolled back once more.
    """
    again = str(entry["rolloutStateReason"]).startswith(BREAKER)
    entry["rolloutState"] = "FAILED"
    entry["rolloutStateReason"] = f"{BREAKER}: tasks failed to start."
    entry["updatedAt"] = utcnow()
    event(service, f"(deployment {entry['id']}) deployment failed: tasks failed to start.")
    back = next((e for e in service.deployments if e["rolloutState"] == "COMPLETED"), None)
    if back is None or again or not _breaker(service)["rollback"]:
        return None
    event(service, f"rolling back to deployment {back['id']}.")
    return back


def event(service: EcsService, text: str) -> None:
    """One line of the service's events, newest first."""
    entry = {"id": str(mock_random.uuid4()), "createdAt": utcnow()}
    service.events.insert(0, {**entry, "message": f"(service {service.name}) {text}"})
    del service.events[EVENTS_KEPT:]


def configure(service: EcsService, changes: dict[str, Any]) -> None:
    """Change the service's deployment configuration: percents and circuit breaker."""
    old = getattr(service, "deployment_configuration", CONFIGURATION)
    setattr(service, "deployment_configuration", {**old, **changes})  # noqa: B010 - not moto's


def _breaker(service: EcsService) -> dict[str, bool]:
    configuration: dict[str, Any] = getattr(service, "deployment_configuration", {})
    off = {"enable": False, "rollback": False}
    breaker: dict[str, bool] = configuration.get("deploymentCircuitBreaker", off)
    return breaker
