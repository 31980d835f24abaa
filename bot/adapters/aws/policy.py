"""The least IAM policy for what operations need, as IAM's JSON.

Before: `filmops iam-policy` with the methods that operations declare. After: whoever gives the bot
its role. Resources are as narrow as names in the topology allow: what only AWS knows (a listener's
id, the roles of task definitions) is a `*` in its place. Pure. Source: *IAM User Guide*, policy
grammar; *Service Authorization Reference*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.adapters.aws.needed import actions_of
from bot.adapters.aws.permissions import PERMISSIONS, On, Permission
from bot.domain.instance import OUR_TAGS
from bot.topology import Topology

LONGEST_MANAGED = 6144
"""Characters without spaces that a managed policy may have; an inline one of a role 10,240."""

_CONDITIONS: Mapping[str, Mapping[str, Any]] = {
    "iam:PassRole": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    "rds:DeleteDBInstance": {
        "StringEquals": {f"aws:ResourceTag/{key}": list(values) for key, values in OUR_TAGS.items()}
    },
}
_BESIDE: Mapping[str, tuple[str, ...]] = {
    "rds:CreateDBInstanceReadReplica": ("db:{id}-*", "subgrp:*", "pg:*", "og:*"),
    "rds:RestoreDBInstanceFromDBSnapshot": ("snapshot:*", "subgrp:*", "pg:*", "og:*"),
    "rds:CreateDBSnapshot": ("snapshot:filmops-*",),
    "rds:AddTagsToResource": ("db:{id}-*",),
    "rds:DescribeDBInstances": ("db:*",),
}
"""What an action is on besides (RDS), with each database's identifier."""


def partition_of(region: str) -> str:
    """The first part of that region's ARNs. Source: *IAM User Guide*, ARNs."""
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    return "aws-cn" if region.startswith("cn-") else "aws"


def policy(
    topology: Topology, methods: Iterable[str], *, account: str = "*", partition: str = "aws"
) -> dict[str, Any]:
    """A policy document. Raises KeyError for a method that is no port's.

    `account` and `partition` go into the ARNs. One statement for each service and kind of resource.
    """
    wanted = actions_of(methods)
    places = _Places(topology, account=account, partition=partition)
    statements: dict[tuple[str, ...], dict[str, Any]] = {}
    for each in sorted(PERMISSIONS, key=lambda one: one.action):
        if each.action not in wanted:
            continue
        resources, condition = places.of(each), _CONDITIONS.get(each.action)
        service = each.action.partition(":")[0]
        key = (service, *resources, str(condition or ""))
        if key not in statements:
            sid = f"{service.title().replace('-', '')}{each.on.name.capitalize()}"
            same = sum(one["Sid"].startswith(sid) for one in statements.values())
            about: dict[str, Any] = {"Sid": f"{sid}{same + 1 if same else ''}"}
            about |= {"Effect": "Allow", "Action": []}
            about["Resource"] = resources
            if condition:
                about["Condition"] = condition
            statements[key] = about
        statements[key]["Action"].append(each.action)
    return {"Version": "2012-10-17", "Statement": list(statements.values())}


class _Places:
    """The resources of each permission, as ARNs with what only AWS knows left open."""

    def __init__(self, topology: Topology, *, account: str, partition: str) -> None:
        self._topology = topology
        self._account = account
        self._partition = partition

    def of(self, permission: Permission) -> list[str]:
        """What the action is allowed on; `*` where IAM knows no resource."""
        if permission.on is On.ANYTHING:
            return ["*"]
        beside = [
            self._arn("rds", pattern.format(id=name))
            for pattern in _BESIDE.get(permission.action, ())
            for name in self._topology.databases
        ]
        return sorted({*self._on(permission.on), *beside}) or ["*"]

    def _on(self, on: On) -> list[str]:
        topology = self._topology
        services = topology.services.values()
        balancers = sorted({each.load_balancer for each in services})
        deploys = [each.deploy for each in services if each.deploy is not None]
        families = sorted({each.migration.family for each in deploys if each.migration})
        queues = topology.queues.values()
        buckets = {
            name for each in topology.buckets.values() for name in (each.name, each.replica) if name
        }
        tasks = {f"task/{cluster}/*" for cluster in topology.clusters.values()}
        names: Mapping[On, tuple[str, Iterable[str]]] = {
            On.LISTENERS: (_ELB, (f"listener/app/{name}/*/*" for name in balancers)),
            On.RULES: (_ELB, (f"listener-rule/app/{name}/*/*/*" for name in balancers)),
            On.DATABASES: ("rds", (f"db:{name}" for name in topology.databases)),
            On.SNAPSHOTS: ("rds", ("snapshot:filmops-*",)),
            On.COPIES: ("rds", (f"db:{name}-*" for name in topology.databases)),
            On.QUEUES: (
                "sqs",
                (name for each in queues for name in (each.key, each.dead_letter) if name),
            ),
            On.REPOSITORIES: ("ecr", {f"repository/{each.repository}" for each in deploys}),
            On.SERVICES: (
                "ecs",
                (
                    f"service/{topology.clusters[each.cluster]}/{half.ecs_service}"
                    for each in services
                    for half in each.colours.values()
                ),
            ),
            On.REVISIONS: ("ecs", {"task-definition/*:*", *tasks}),
            On.MIGRATIONS: ("ecs", (f"task-definition/{family}:*" for family in families)),
            On.TARGETS: ("application-autoscaling", ("scalable-target/*",)),
            On.GROUPS: (
                "autoscaling",
                (
                    f"autoScalingGroup:*:autoScalingGroupName/{each.autoscaling_group}"
                    for each in topology.groups.values()
                ),
            ),
            On.LOGS: (
                "logs",
                (f"log-group:{each.log_group}:*" for each in services if each.log_group),
            ),
        }
        if on is On.ROLES:
            return [f"arn:{self._partition}:iam::{self._account}:role/*"]
        if on in (On.BUCKETS, On.OBJECTS):
            inside = "/*" if on is On.OBJECTS else ""
            return [f"arn:{self._partition}:s3:::{name}{inside}" for name in buckets]
        service, found = names[on]
        return [self._arn(service, name) for name in found]

    def _arn(self, service: str, name: str) -> str:
        region = self._topology.studio.region
        return f"arn:{self._partition}:{service}:{region}:{self._account}:{name}"


_ELB = "elasticloadbalancing"
