"""An ECS service's deployments as values. Before it comes `rollers`; pure, no calls.

`rolloutState` and the deployment's id are what is tracked: the waiter `services_stable` is
content with a service that was rolled back, and with one that has nothing to run.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from bot.domain.live import Missing
from bot.domain.release import Rollout, Rollouts, RolloutState
from bot.errors import OperationFailed

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import DeploymentTypeDef, ServiceTypeDef

_EVENTS = 5


def rollouts_of(service: ServiceTypeDef, stopped: tuple[str, ...] | Missing) -> Rollouts:
    """The deployments newest first; what ECS said last, and why tasks stopped.

    Raises OperationFailed("not_rolling") when ECS tells no `rolloutState`.
    """
    deployments = sorted(
        service.get("deployments", []), key=lambda each: each["createdAt"], reverse=True
    )
    events = sorted(service.get("events", []), key=lambda each: each["createdAt"], reverse=True)
    said = (each.get("message", "") for each in events[:_EVENTS])
    return Rollouts(
        desired=service.get("desiredCount", 0),
        running=service.get("runningCount", 0),
        rollouts=tuple(_rollout(each, service) for each in deployments),
        events=tuple(said),
        stopped=stopped,
    )


def _rollout(deployment: DeploymentTypeDef, service: ServiceTypeDef) -> Rollout:
    state = deployment.get("rolloutState")
    if state is None:
        raise OperationFailed(
            f"{service.get('serviceName', 'the ECS service')}: ECS tells no rolloutState",
            code="not_rolling",
            hint="Its deployment controller must be ECS (rolling update).",
        )
    return Rollout(
        id=deployment["id"],
        primary=deployment["status"] == "PRIMARY",
        state=RolloutState(state),
        reason=deployment.get("rolloutStateReason", ""),
        task_definition=deployment["taskDefinition"],
        desired=deployment.get("desiredCount", 0),
        running=deployment.get("runningCount", 0),
        pending=deployment.get("pendingCount", 0),
        failed=deployment.get("failedTasks", 0),
        created_at=deployment["createdAt"].astimezone(UTC),
    )
