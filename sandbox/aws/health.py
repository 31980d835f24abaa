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
WARMING = ("Elb.RegistrationInProgress", "Target registration is in progress")
DRAINING = ("Target.DeregistrationInProgress", "Target deregistration is in progress")


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How many of a group's targets are in which state; `initial` ones are not judged yet."""

    healthy: int
    unhealthy: int
    initial: int
    in_use: bool

    @property
    def registered(self) -> int:
        """All targets a request could be sent to: not those on their way in."""
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
    states = list(_states(plant, group).values())
    return Health(
        healthy=states.count("healthy"),
        unhealthy=states.count("unhealthy"),
        initial=states.count("initial"),
        in_use=in_use(plant, group),
    )


def target_states(plant: Plant, group: FakeTargetGroup) -> list[FakeHealthStatus]:
    """What DescribeTargetHealth says of every target, draining ones included."""
    used, port = in_use(plant, group), group.health_check_port
    reasons: dict[str, tuple[str | None, str | None]] = {
        "unhealthy": FAILED,
        "initial": WARMING,
        "unused": NOT_IN_USE,
    }
    states: list[FakeHealthStatus] = []
    for name, state in _states(plant, group).items():
        shown = state if used else "unused"
        reason = reasons.get(shown, (None, None))
        states.append(FakeHealthStatus(name, group.targets[name]["Port"], port, shown, *reason))
    states += [
        FakeHealthStatus(name, str(group.port), port, "draining", *DRAINING)
        for name in sorted(plant.draining.get(group.arn, ()))
    ]
    return states


def _states(plant: Plant, group: FakeTargetGroup) -> dict[str, str]:
    """Each registered target's state, in the order they were registered."""
    targets = [str(target["Id"]) for target in group.targets.values()]
    judged = [name for name in targets if name not in plant.warming]
    owner = plant.owner_of(group.arn)
    quality = plant.qualities.get(owner) if owner is not None else None
    failing = set(judged[: quality.unhealthy_of(len(judged))] if quality else ())
    failing |= plant.failing.intersection(judged)
    return {
        name: "initial" if name in plant.warming else "unhealthy" if name in failing else "healthy"
        for name in targets
    }
