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
    REPOSITORIES = "repositories"
    SERVICES = "services"
    REVISIONS = "revisions"
    MIGRATIONS = "migrations"
    ROLES = "roles"
    SNAPSHOTS = "snapshots"
    COPIES = "copies"  # instances made of a database: replicas and restored ones
    LOGS = "logs"
    BUCKETS = "buckets"
    OBJECTS = "objects"
    TARGETS = "targets"
    GROUPS = "groups"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One IAM action. `changes`: no read can stand in for testing it.

    `release`: needed only where a service has `[services.KEY.deploy]`. `implied`: no call of ours
    has its name; AWS asks for it beside another (a role that is handed on, a tag at birth).
    """

    action: str
    purpose: str
    on: On = On.ANYTHING
    changes: bool = False
    release: bool = False
    implied: bool = False


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
    Permission(
        action="ecr:DescribeImages",
        purpose="find a release's image",
        on=On.REPOSITORIES,
        release=True,
    ),
    Permission(
        action="ecr:DescribeRepositories",
        purpose="an image's address",
        on=On.REPOSITORIES,
        release=True,
    ),
    Permission(action="ecs:ListTaskDefinitions", purpose="find a prepared revision", release=True),
    Permission(
        action="ecs:RegisterTaskDefinition",
        purpose="make a release's revision",
        changes=True,
        release=True,
    ),
    Permission(
        action="ecs:UpdateService",
        purpose="have a colour run a revision, or so many tasks",
        on=On.SERVICES,
        changes=True,
    ),
    Permission(
        action="ecs:RunTask",
        purpose="run a migration",
        on=On.MIGRATIONS,
        changes=True,
        release=True,
    ),
    Permission(
        action="ecs:TagResource",
        purpose="mark revisions and migrations",
        on=On.REVISIONS,
        changes=True,
        release=True,
        implied=True,
    ),
    Permission(
        action="iam:PassRole",
        purpose="give revisions and migrations their own roles",
        on=On.ROLES,
        changes=True,
        release=True,
        implied=True,
    ),
    Permission(
        action="ecs:ListTasks", purpose="find a migration, and tasks that stopped", release=True
    ),
    Permission(
        action="ecs:DescribeTasks", purpose="how a migration ended, why tasks stopped", release=True
    ),
    Permission(action="ec2:DescribeSubnets", purpose="addresses for new tasks", release=True),
    Permission(
        action="logs:FilterLogEvents",
        purpose="errors of a service, lines of a migration",
        on=On.LOGS,
        release=True,
    ),
    Permission(
        action="rds:CreateDBSnapshot",
        purpose="make a backup",
        on=On.DATABASES,
        changes=True,
    ),
    Permission(
        action="rds:AddTagsToResource",
        purpose="mark backups, replicas and restored instances",
        on=On.SNAPSHOTS,
        changes=True,
        implied=True,
    ),
    Permission(
        action="rds:DescribeOrderableDBInstanceOptions", purpose="classes a database can have"
    ),
    Permission(
        action="rds:ModifyDBInstance",
        purpose="change a database's class",
        on=On.DATABASES,
        changes=True,
    ),
    Permission(
        action="rds:CreateDBInstanceReadReplica",
        purpose="add a read replica",
        on=On.DATABASES,
        changes=True,
    ),
    Permission(
        action="rds:RestoreDBInstanceFromDBSnapshot",
        purpose="restore a backup to a new instance",
        on=On.COPIES,
        changes=True,
    ),
    Permission(
        action="rds:DeleteDBInstance",
        purpose="remove a replica or a restored instance",
        on=On.COPIES,
        changes=True,
    ),
    Permission(action="s3:GetReplicationConfiguration", purpose="replication rules", on=On.BUCKETS),
    Permission(action="s3:ListBucket", purpose="the newest objects, and counts", on=On.BUCKETS),
    Permission(
        action="s3:GetObject", purpose="an object's copy (HEAD: it is never read)", on=On.OBJECTS
    ),
    Permission(
        action="application-autoscaling:DescribeScalableTargets",
        purpose="who else sets a count of tasks",
    ),
    Permission(
        action="application-autoscaling:DescribeScalingPolicies",
        purpose="by which policies",
    ),
    Permission(
        action="application-autoscaling:DescribeScheduledActions",
        purpose="and when by the calendar",
    ),
    Permission(
        action="application-autoscaling:RegisterScalableTarget",
        purpose="set the bounds of a count of tasks",
        on=On.TARGETS,
        changes=True,
    ),
    Permission(
        action="autoscaling:DescribePolicies",
        purpose="who else sizes a worker group",
    ),
    Permission(
        action="autoscaling:DescribeScheduledActions",
        purpose="and when by the calendar",
    ),
    Permission(
        action="autoscaling:SetDesiredCapacity",
        purpose="size a worker group",
        on=On.GROUPS,
        changes=True,
    ),
    Permission(
        action="autoscaling:UpdateAutoScalingGroup",
        purpose="set the bounds of a worker group",
        on=On.GROUPS,
        changes=True,
    ),
    Permission(
        action="autoscaling:SetInstanceProtection",
        purpose="leave workers alone that run jobs",
        on=On.GROUPS,
        changes=True,
    ),
)
