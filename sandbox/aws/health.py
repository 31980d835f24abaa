"""The health of targets by the plant's own model, where moto calls all of them healthy.

`traffic` counts it, the load balancer's mend shows it, `product` refuses by it.
"""

from __future__ import annotations

from dataclasses import dataclass

from moto.elbv2.models import FakeHealthStatus, FakeTargetGroup

from sandbox.aws import routing
from sandbox.aws.plant import Plant

FAILED = ("Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]")
NOT_IN_USE = ("Target.NotInUse", "Target group is not configured to receive traffic")
DRAINING = ("Target.DeregistrationInProgress", "Target deregistration is in progress")


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How many of a group's targets are in which state."""

    healthy: int
    unhealthy: int
    in_use: bool

    @property
    def registered(self) -> int:
        """All targets a request could be sent to."""
        return self.healthy + self.unhealthy


def in_use(plant: Plant, group: FakeTargetGroup) -> bool:
    """Whether any rule names the group: one in no rule gets no health checks."""
    return any(
        entry["TargetGroupArn"] == group.arn
        for balancer in plant.elb.load_balancers.values()
        for listener in balancer.listeners.values()
        for rule in listener.rules.values()
        for action in rule.actions
        if action.type == "forward"
        for entry in routing.forward_groups(action.data)
    )


def group_health(plant: Plant, group: FakeTargetGroup) -> Health:
    """Count a group's registered targets."""
    registered = len(group.targets)
    owner = plant.owner_of(group.arn)
    bad = plant.qualities[owner].unhealthy_targets if owner in plant.qualities and owner else 0
    unhealthy = min(bad, registered)
    return Health(healthy=registered - unhealthy, unhealthy=unhealthy, in_use=in_use(plant, group))


def target_states(plant: Plant, group: FakeTargetGroup) -> list[FakeHealthStatus]:
    """What DescribeTargetHealth says of every target, draining ones included."""
    health, port = group_health(plant, group), group.health_check_port
    states: list[FakeHealthStatus] = []
    for index, target in enumerate(group.targets.values()):
        verdict = ("unhealthy", *FAILED) if index < health.unhealthy else ("healthy", None, None)
        if not health.in_use:
            verdict = ("unused", *NOT_IN_USE)
        states.append(FakeHealthStatus(target["Id"], target["Port"], port, *verdict))
    states += [
        FakeHealthStatus(name, str(group.port), port, "draining", *DRAINING)
        for name in sorted(plant.draining.get(group.arn, ()))
    ]
    return states
