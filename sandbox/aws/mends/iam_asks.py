"""What AWS asks IAM for when a call comes: actions, the resources they are on, what is known.

Source: *Service Authorization Reference*, one table a service. Before it comes a request as moto
has parsed it; after it `iam`. A call that is not here is asked for on `*`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.aws.gate import SERVICES
from sandbox.aws.mends import task_definitions
from sandbox.aws.plant import Plant

# The names requests are signed with → those of IAM's policies.
SIGNED = {"monitoring": "cloudwatch", **SERVICES}
ECS_TASKS = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question to IAM."""

    action: str
    resource: str = "*"
    context: Mapping[str, str] = field(default_factory=dict)


def of(plant: Plant, response: Any, resource: str) -> tuple[Ask, ...]:
    """All of one call."""
    name = str(response.service_name)
    if name == "s3":
        action = response.data["Action"]
        return (Ask(action=f"s3:{action}", resource=resource),)
    service, action = SIGNED.get(name, name), str(response._get_action())  # noqa: SLF001
    found = ASKED.get((service, action))
    if found is None:
        return (Ask(action=f"{service}:{action}"),)
    params = getattr(response, "params", None) or json.loads(response.body or b"{}")
    return tuple(found(plant, f"{service}:{action}", params))


Asks = Callable[[Plant, str, Any], Iterator[Ask]]


def _arn(plant: Plant, service: str, name: str) -> str:
    return f"arn:aws:{service}:{plant.region}:{plant.account}:{name}"


def _named(parameter: str) -> Asks:
    """A call whose one parameter is the ARN."""

    def asks(plant: Plant, action: str, params: Any) -> Iterator[Ask]:
        yield Ask(action=action, resource=str(params.get(parameter)))

    return asks


def _called(service: str, kind: str, parameter: str) -> Asks:
    """A call whose one parameter is the resource's name."""

    def asks(plant: Plant, action: str, params: Any) -> Iterator[Ask]:
        name = params.get(parameter) or "*"
        names = name if isinstance(name, list) else [name]
        for each in names:
            yield Ask(action=action, resource=_arn(plant, service, f"{kind}{each}"))

    return asks


def _queue(plant: Plant, action: str, params: Any) -> Iterator[Ask]:
    name = params.get("QueueName") or str(params.get("QueueUrl")).rpartition("/")[2]
    yield Ask(action=action, resource=_arn(plant, "sqs", name))


def _instance(plant: Plant, name: Any) -> tuple[str, dict[str, str]]:
    """A database's ARN and what its tags are to a condition."""
    found = plant.rds.databases.get(str(name))
    tags = {tag["Key"]: tag["Value"] for tag in getattr(found, "tags", None) or []}
    context = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    return _arn(plant, "rds", f"db:{name or '*'}"), context


def _database(plant: Plant, action: str, params: Any) -> Iterator[Ask]:
    resource, context = _instance(plant, params.get("DBInstanceIdentifier"))
    yield Ask(action=action, resource=resource, context=context)


def _born(plant: Plant, params: Any, resource: str) -> Iterator[Ask]:
    if params.get("Tags"):
        yield Ask(action="rds:AddTagsToResource", resource=resource)


def _saved(plant: Plant, action: str, params: Any) -> Iterator[Ask]:
    snapshot = _arn(plant, "rds", f"snapshot:{params.get('DBSnapshotIdentifier')}")
    yield from _database(plant, action, params)
    yield Ask(action=action, resource=snapshot)
    yield from _born(plant, params, snapshot)


def _restored(plant: Plant, action: str, params: Any) -> Iterator[Ask]:
    made, _ = _instance(plant, params.get("DBInstanceIdentifier"))
    others = {
        "snapshot": params.get("DBSnapshotIdentifier"),
        "subgrp": params.get("DBSubnetGroupName"),
        "pg": params.get("DBParameterGroupName"),
    }
    yield Ask(action=action, resource=made)
    for kind, name in others.items():
        if name:
            yield Ask(action=action, resource=_arn(plant, "rds", f"{kind}:{name}"))
    yield from _born(plant, params, made)


def _replicated(plant: Plant, action: str, params: Any) -> Iterator[Ask]:
    for name in ("SourceDBInstanceIdentifier", "DBInstanceIdentifier"):
        yield Ask(action=action, resource=_instance(plant, params.get(name))[0])
    yield from _born(plant, params, _instance(plant, params.get("DBInstanceIdentifier"))[0])


def _service(plant: Plant, action: str, params: Any) -> Iterator[Ask]:
    name = f"service/{params.get('cluster')}/{params.get('service')}"
    yield Ask(action=action, resource=_arn(plant, "ecs", name))


def _roles(definition: Callable[[str], Any]) -> Iterator[Ask]:
    roles = {definition("taskRoleArn"), definition("executionRoleArn")}
    for role in sorted(str(each) for each in roles if each):
        yield Ask(action="iam:PassRole", resource=role, context=ECS_TASKS)


def _registered(plant: Plant, action: str, params: Any) -> Iterator[Ask]:
    yield Ask(action=action)
    if params.get("tags"):
        made = _arn(plant, "ecs", f"task-definition/{params.get('family')}:1")
        yield Ask(action="ecs:TagResource", resource=made)
    yield from _roles(params.get)


def _run(plant: Plant, action: str, params: Any) -> Iterator[Ask]:
    definition = task_definitions.find(plant, str(params.get("taskDefinition")))
    yield Ask(action=action, resource=str(definition.arn))
    if params.get("tags"):
        task = _arn(plant, "ecs", f"task/{params.get('cluster')}/new")
        yield Ask(action="ecs:TagResource", resource=task)
    named = {"taskRoleArn": definition.task_role_arn}
    named["executionRoleArn"] = definition.execution_role_arn
    yield from _roles(named.get)


def _log(plant: Plant, action: str, params: Any) -> Iterator[Ask]:
    name = f"log-group:{params.get('logGroupName')}:log-stream:"
    yield Ask(action=action, resource=_arn(plant, "logs", name))


def _group(plant: Plant, action: str, params: Any) -> Iterator[Ask]:
    name = f"autoScalingGroup:1-2-3:autoScalingGroupName/{params.get('AutoScalingGroupName')}"
    yield Ask(action=action, resource=_arn(plant, "autoscaling", name))


def _target(plant: Plant, action: str, params: Any) -> Iterator[Ask]:
    yield Ask(action=action, resource=_arn(plant, "application-autoscaling", "scalable-target/1"))


ASKED: Mapping[tuple[str, str], Asks] = {
    ("elasticloadbalancing", "ModifyListener"): _named("ListenerArn"),
    ("elasticloadbalancing", "ModifyRule"): _named("RuleArn"),
    ("ecs", "UpdateService"): _service,
    ("ecs", "RegisterTaskDefinition"): _registered,
    ("ecs", "RunTask"): _run,
    ("ecr", "DescribeImages"): _called("ecr", "repository/", "repositoryName"),
    ("ecr", "DescribeRepositories"): _called("ecr", "repository/", "repositoryNames"),
    ("logs", "FilterLogEvents"): _log,
    ("sqs", "GetQueueUrl"): _queue,
    ("sqs", "GetQueueAttributes"): _queue,
    ("autoscaling", "SetDesiredCapacity"): _group,
    ("autoscaling", "UpdateAutoScalingGroup"): _group,
    ("autoscaling", "SetInstanceProtection"): _group,
    ("application-autoscaling", "RegisterScalableTarget"): _target,
    ("rds", "DescribeDBInstances"): _database,
    ("rds", "DescribeDBSnapshots"): _database,
    ("rds", "ModifyDBInstance"): _database,
    ("rds", "DeleteDBInstance"): _database,
    ("rds", "CreateDBSnapshot"): _saved,
    ("rds", "RestoreDBInstanceFromDBSnapshot"): _restored,
    ("rds", "CreateDBInstanceReadReplica"): _replicated,
}
"""By service and action, as IAM names them."""
