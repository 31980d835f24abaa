"""Which IAM actions each method of the AWS ports needs: from an operation's `needs` to a policy.

Before: `bot.engine.operation.Operation.needs` and `bot.engine.duties`. After: `policy`. A contract
test holds every line and every operation against IAM's enforcement on the sandbox: with exactly
these it works, without any one of them it does not. What it can do without is in OPTIONAL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_ELB = "elasticloadbalancing"
_NAMES = (f"{_ELB}:DescribeLoadBalancers", f"{_ELB}:DescribeTargetGroups")
_REVISION = ("ecs:ListTaskDefinitions", "ecs:DescribeTaskDefinition")
_HANDED = ("ecs:TagResource", "iam:PassRole")
_IMAGES = ("ecr:DescribeImages", "ecr:DescribeRepositories")
_APPLICATION = "application-autoscaling"
_GROUP = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribePolicies",
    "autoscaling:DescribeScheduledActions",
)
_TAGGED = "rds:AddTagsToResource"

NEEDED: Mapping[str, tuple[str, ...]] = {
    "traffic.routes": (*_NAMES, f"{_ELB}:DescribeListeners", f"{_ELB}:DescribeRules"),
    "traffic.set_weights": (f"{_ELB}:ModifyListener", f"{_ELB}:ModifyRule"),
    "traffic.targets": (*_NAMES, f"{_ELB}:DescribeTargetHealth"),
    "containers.tasks": ("ecs:DescribeServices", "ecs:DescribeTaskDefinition"),
    "metrics.minutes": (*_NAMES, "cloudwatch:GetMetricData"),
    "metrics.minutes_of": (*_NAMES, "cloudwatch:GetMetricData"),
    "databases.state": ("rds:DescribeDBInstances",),
    "databases.snapshots": ("rds:DescribeDBSnapshots",),
    "queues.state": ("sqs:GetQueueUrl", "sqs:GetQueueAttributes"),
    "groups.state": ("autoscaling:DescribeAutoScalingGroups",),
    "images.find": _IMAGES,
    "images.newest": _IMAGES,
    "rollers.revision": ("ecs:DescribeTaskDefinition",),
    "rollers.prepared": _REVISION,
    "rollers.register": (
        "ecs:DescribeTaskDefinition",
        "ecs:RegisterTaskDefinition",
        *_HANDED,
    ),
    "rollers.rollouts": ("ecs:DescribeServices",),
    "rollers.update": ("ecs:UpdateService",),
    "rollers.room": ("ecs:DescribeServices", "ec2:DescribeSubnets"),
    "errands.start": (
        "ecs:DescribeServices",
        *_REVISION,
        "ecs:RegisterTaskDefinition",
        "ecs:RunTask",
        *_HANDED,
    ),
    "errands.find": ("ecs:ListTasks", "ecs:DescribeTasks"),
    "errands.output": (
        "ecs:DescribeTasks",
        "ecs:DescribeTaskDefinition",
        "logs:FilterLogEvents",
    ),
    "logs.search": ("logs:FilterLogEvents",),
    "snapshots.take": ("rds:CreateDBSnapshot", _TAGGED),
    "snapshots.state": ("rds:DescribeDBSnapshots",),
    "instances.find": ("rds:DescribeDBInstances",),
    "instances.tagged": ("rds:DescribeDBInstances",),
    "instances.classes": ("rds:DescribeDBInstances", "rds:DescribeOrderableDBInstanceOptions"),
    "instances.resize": ("rds:ModifyDBInstance",),
    "instances.replicate": ("rds:CreateDBInstanceReadReplica", _TAGGED),
    "instances.restore": ("rds:RestoreDBInstanceFromDBSnapshot", _TAGGED),
    "instances.remove": ("rds:DescribeDBInstances", "rds:DeleteDBInstance"),
    "scaling.service": (
        f"{_APPLICATION}:DescribeScalableTargets",
        f"{_APPLICATION}:DescribeScalingPolicies",
        f"{_APPLICATION}:DescribeScheduledActions",
    ),
    "scaling.bounds": (f"{_APPLICATION}:RegisterScalableTarget",),
    "scaling.group": _GROUP,
    "scaling.busy": ("autoscaling:DescribeAutoScalingGroups", "cloudwatch:GetMetricData"),
    "scaling.desire": ("autoscaling:SetDesiredCapacity",),
    "scaling.limits": ("autoscaling:UpdateAutoScalingGroup",),
    "scaling.protect": (*_GROUP, "autoscaling:SetInstanceProtection"),
    "buckets.rules": ("s3:GetReplicationConfiguration",),
    "buckets.sample": ("s3:ListBucket", "s3:GetObject"),
    "buckets.count": ("cloudwatch:GetMetricData", "s3:ListBucket"),
}
"""By the method's name, `part.method`."""

OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "databases.state": ("rds:DescribeDBSnapshots", "cloudwatch:GetMetricData"),
    "rollers.rollouts": ("ecs:ListTasks", "ecs:DescribeTasks"),
    "instances.find": ("cloudwatch:GetMetricData",),
}
"""What a method shows more with, and works without: an old backup, connections, why tasks
stopped, a replica's lag. Without it that part is Missing, with the reason.
"""


def actions_of(methods: Iterable[str]) -> frozenset[str]:
    """All that these methods need and may use. Raises KeyError for one that is no port's."""
    return frozenset(
        action for method in methods for action in (*NEEDED[method], *OPTIONAL.get(method, ()))
    )
