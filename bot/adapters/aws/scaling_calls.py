"""The exact parameters of what scaling changes in Auto Scaling: pure, no calls.

Before it come `scaling` and its memory twin, and with them a plan, which shows exactly these.
Source: *Application Auto Scaling* and *Amazon EC2 Auto Scaling API Reference*.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from bot.topology import Colour, Group, Service

Call = tuple[str, dict[str, Any]]

DIMENSION = "ecs:service:DesiredCount"
MOST_PROTECTED = 50
"""Instances that SetInstanceProtection takes at a time."""


def resource_id(cluster: str, service: Service, colour: Colour) -> str:
    """A colour as Application Auto Scaling names it."""
    return f"service/{cluster}/{service.colours[colour].ecs_service}"


def bounds(
    cluster: str, service: Service, colour: Colour, *, minimum: int | None, maximum: int | None
) -> Call:
    """What is None is left out, and stays."""
    given = {"MinCapacity": minimum, "MaxCapacity": maximum}
    return "register_scalable_target", {
        "ServiceNamespace": "ecs",
        "ResourceId": resource_id(cluster, service, colour),
        "ScalableDimension": DIMENSION,
        **{name: value for name, value in given.items() if value is not None},
    }


def desire(group: Group, desired: int) -> Call:
    """At once: a cooldown is for policies, not for people."""
    return "set_desired_capacity", {
        "AutoScalingGroupName": group.autoscaling_group,
        "DesiredCapacity": desired,
        "HonorCooldown": False,
    }


def limits(group: Group, *, minimum: int | None, maximum: int | None) -> Call:
    """What is None is left out, and stays."""
    given = {"MinSize": minimum, "MaxSize": maximum}
    return "update_auto_scaling_group", {
        "AutoScalingGroupName": group.autoscaling_group,
        **{name: value for name, value in given.items() if value is not None},
    }


def protect(group: Group, members: Collection[str], *, protected: bool) -> Call:
    """Of the first fifty."""
    return "set_instance_protection", {
        "AutoScalingGroupName": group.autoscaling_group,
        "InstanceIds": sorted(members)[:MOST_PROTECTED],
        "ProtectedFromScaleIn": protected,
    }
