"""Every IAM permission the bot needs, and for what: the one declaration.

`checks` tests each one, and a unit test holds it against the
calls made in this package: a call without its line here fails the build, and so does the
reverse. sts:GetCallerIdentity needs none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class On(StrEnum):
    """What a permission is tested on; policies may name single resources for these."""

    ANYTHING = "*"  # IAM knows no resource for the action, or we read across all of them
    LISTENERS = "listeners"
    RULES = "rules"
    DATABASES = "databases"
    QUEUES = "queues"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One IAM action. `changes`: no read can stand in for testing it."""

    action: str
    purpose: str
    on: On = On.ANYTHING
    changes: bool = False


PERMISSIONS: tuple[Permission, ...] = (
    Permission(action="elasticloadbalancing:DescribeLoadBalancers", purpose="find load balancers"),
    Permission(action="elasticloadbalancing:DescribeTargetGroups", purpose="find target groups"),
    Permission(action="elasticloadbalancing:DescribeListeners", purpose="read traffic weights"),
    Permission(action="elasticloadbalancing:DescribeRules", purpose="read traffic weights"),
    Permission(action="elasticloadbalancing:DescribeTargetHealth", purpose="see healthy targets"),
    Permission(
        action="elasticloadbalancing:ModifyListener",
        purpose="move traffic (default actions)",
        on=On.LISTENERS,
        changes=True,
    ),
    Permission(
        action="elasticloadbalancing:ModifyRule",
        purpose="move traffic (rules)",
        on=On.RULES,
        changes=True,
    ),
    Permission(action="ecs:DescribeServices", purpose="read what a colour runs"),
    Permission(action="ecs:DescribeTaskDefinition", purpose="read a colour's version"),
    Permission(action="cloudwatch:GetMetricData", purpose="judge a colour's traffic"),
    Permission(action="rds:DescribeDBInstances", purpose="database status", on=On.DATABASES),
    Permission(action="rds:DescribeDBSnapshots", purpose="list backups", on=On.DATABASES),
    Permission(action="sqs:GetQueueUrl", purpose="find queues", on=On.QUEUES),
    Permission(action="sqs:GetQueueAttributes", purpose="queue depths", on=On.QUEUES),
    Permission(action="autoscaling:DescribeAutoScalingGroups", purpose="worker group sizes"),
)
