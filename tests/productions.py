"""One production to test the AWS ports on, in two makes: in memory, and the plant behind boto3.

A contract test takes `production` and runs on both. Faults go by their kind: throttled, denied,
down, and lost (the call was carried out and its answer never came).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol

import pytest

from bot.adapters.aws import AwsClients, build_aws
from bot.adapters.memory.aws import MemoryProduction, build_memory_aws
from bot.domain.capacity import Autoscaling, Policy
from bot.domain.live import Minute, Snapshot, Targets
from bot.errors import FilmOpsError, OperationFailed, Temporary
from bot.ports import Aws
from bot.topology import Colour, Service, Topology, load
from tests.plant import Plant

Fault = Literal["throttled", "denied", "denied-403", "down", "lost"]
Method = Literal[
    "traffic.routes",
    "traffic.set_weights",
    "traffic.targets",
    "containers.tasks",
    "metrics.minutes",
    "metrics.minutes_of",
    "databases.state",
    "databases.snapshots",
    "queues.state",
    "groups.state",
    "images.find",
    "images.newest",
    "rollers.revision",
    "rollers.prepared",
    "rollers.register",
    "rollers.rollouts",
    "rollers.update",
    "rollers.room",
    "errands.start",
    "errands.find",
    "errands.output",
    "logs.search",
    "snapshots.take",
    "snapshots.state",
    "instances.find",
    "instances.tagged",
    "instances.classes",
    "instances.resize",
    "instances.replicate",
    "instances.restore",
    "instances.remove",
    "buckets.rules",
    "buckets.sample",
    "buckets.count",
    "scaling.service",
    "scaling.group",
    "scaling.busy",
    "scaling.bounds",
    "scaling.desire",
    "scaling.limits",
    "scaling.protect",
]
EFFECTS: Mapping[str, str] = {
    "ModifyListener": "modify_listener",
    "ModifyRule": "modify_rule",
    "RegisterTaskDefinition": "register_task_definition",
    "UpdateService": "update_service",
    "RunTask": "run_task",
    "CreateDBSnapshot": "create_db_snapshot",
    "ModifyDBInstance": "modify_db_instance",
    "CreateDBInstanceReadReplica": "create_db_instance_read_replica",
    "RestoreDBInstanceFromDBSnapshot": "restore_db_instance_from_db_snapshot",
    "DeleteDBInstance": "delete_db_instance",
    "RegisterScalableTarget": "register_scalable_target",
    "SetDesiredCapacity": "set_desired_capacity",
    "UpdateAutoScalingGroup": "update_auto_scaling_group",
    "SetInstanceProtection": "set_instance_protection",
}
_SENT_ONCE: tuple[Method, ...] = (
    "traffic.set_weights",
    "rollers.register",
    "rollers.update",
    "errands.start",
    "snapshots.take",
    "instances.resize",
    "instances.replicate",
    "instances.restore",
    "instances.remove",
    "scaling.bounds",
    "scaling.desire",
    "scaling.limits",
    "scaling.protect",
)
_ACTIONS: Mapping[Method, str] = {
    "traffic.routes": "elasticloadbalancing.DescribeListeners",
    "traffic.set_weights": "elasticloadbalancing.Modify*",
    "traffic.targets": "elasticloadbalancing.DescribeTargetHealth",
    "containers.tasks": "ecs.DescribeServices",
    "metrics.minutes": "cloudwatch.GetMetricData",
    "metrics.minutes_of": "cloudwatch.GetMetricData",
    "databases.state": "rds.DescribeDBInstances",
    "databases.snapshots": "rds.DescribeDBSnapshots",
    "queues.state": "sqs.GetQueueAttributes",
    "groups.state": "autoscaling.DescribeAutoScalingGroups",
    "images.find": "ecr.DescribeImages",
    "images.newest": "ecr.DescribeImages",
    "rollers.revision": "ecs.DescribeTaskDefinition",
    "rollers.prepared": "ecs.ListTaskDefinitions",
    "rollers.register": "ecs.RegisterTaskDefinition",
    "rollers.rollouts": "ecs.DescribeServices",
    "rollers.update": "ecs.UpdateService",
    "rollers.room": "ec2.DescribeSubnets",
    "errands.start": "ecs.RunTask",
    "errands.find": "ecs.ListTasks",
    "errands.output": "logs.FilterLogEvents",
    "logs.search": "logs.FilterLogEvents",
    "snapshots.take": "rds.CreateDBSnapshot",
    "snapshots.state": "rds.DescribeDBSnapshots",
    "instances.find": "rds.DescribeDBInstances",
    "instances.tagged": "rds.DescribeDBInstances",
    "instances.classes": "rds.DescribeOrderableDBInstanceOptions",
    "instances.resize": "rds.ModifyDBInstance",
    "instances.replicate": "rds.CreateDBInstanceReadReplica",
    "instances.restore": "rds.RestoreDBInstanceFromDBSnapshot",
    "instances.remove": "rds.DeleteDBInstance",
    "buckets.rules": "s3.GetReplicationConfiguration",
    "buckets.sample": "s3.ListBucket",
    "buckets.count": "cloudwatch.GetMetricData",
    "scaling.service": "application-autoscaling.DescribeScalableTargets",
    "scaling.group": "autoscaling.DescribePolicies",
    "scaling.busy": "cloudwatch.GetMetricData",
    "scaling.bounds": "application-autoscaling.RegisterScalableTarget",
    "scaling.desire": "autoscaling.SetDesiredCapacity",
    "scaling.limits": "autoscaling.UpdateAutoScalingGroup",
    "scaling.protect": "autoscaling.SetInstanceProtection",
}


class Production(Protocol):
    """What a contract test may do with either make, besides asking through `aws`."""

    aws: Aws
    topology: Topology

    @property
    def service(self) -> Service:
        """The first service; blue serves all of it at first, by a listener and a rule."""
        ...

    def effects(self) -> list[str]:
        """The changing calls that arrived, oldest first."""
        ...

    def someone_sets(self, weights: Mapping[Colour, int]) -> None:
        """A person changes all the service's routes in the console."""
        ...

    def sicken(self, colour: Colour, unhealthy: int) -> None:
        """Let that many of a colour's three targets fail their health checks."""
        ...

    def had(self, colour: Colour, unhealthy: int, *, database_failures: int) -> datetime:
        """For some minutes it had so many unhealthy targets, and the database refused so many
        connections of the service in the last closed minute, whose end is given back.
        """
        ...

    def fail(self, method: Method, fault: Fault) -> None:
        """Let the next call of a method go wrong, however often it is tried by itself."""
        ...


def tracking(name: str, metric: str, target: float) -> Policy:
    """A target tracking policy, with its two alarms."""
    return Policy(
        name=name,
        kind="target tracking",
        metric=metric,
        target=target,
        alarms=("AlarmHigh", "AlarmLow"),
    )


class InMemory:
    """The twin."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.state = MemoryProduction(topology, now=lambda: datetime.now(UTC))
        self.aws = build_memory_aws(self.state)
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        for ago in range(1, 11):
            idle = Minute(
                start=now - timedelta(minutes=ago),
                requests=0,
                errors=0,
                p95_seconds=None,
                healthy=3.0,
                unhealthy=0.0,
                cpu=8.0,
                memory=41.0,
            )
            busy = replace(idle, requests=3000, errors=240, p95_seconds=0.7, cpu=25.0)
            for key, service in topology.services.items():
                counted = service.deploy is not None and service.deploy.database_failures
                failures = 0 if counted else None
                for colour, minute in ((Colour.BLUE, busy), (Colour.GREEN, idle)):
                    told = replace(minute, database_failures=failures)
                    self.state.minutes[key, colour].append(told)
        self._autoscaled()
        for key in topology.databases:
            for kind, hours, status in (
                ("automated", 9, "available"),
                ("manual", 30, "available"),
                ("manual", 0, "creating"),
            ):
                snapshot = Snapshot(
                    id=f"{key}-{hours}",
                    kind=kind,
                    created_at=now - timedelta(hours=hours),
                    status=status,
                )
                self.state.snapshots[key].insert(0, snapshot)

    def _autoscaled(self) -> None:
        """Blue, and each worker group, by target tracking, as on the plant."""
        self.state.scaled[self.service.key, Colour.BLUE] = Autoscaling(
            minimum=2,
            maximum=10,
            policies=(tracking("backend-cpu", "ECSServiceAverageCPUUtilization", 60),),
        )
        for key, group in self.topology.groups.items():
            policy = tracking(f"{group.autoscaling_group}-cpu", "ASGAverageCPUUtilization", 70)
            self.state.group_scaling[key] = Autoscaling(minimum=1, maximum=6, policies=(policy,))

    @property
    def service(self) -> Service:
        return next(iter(self.topology.services.values()))

    def effects(self) -> list[str]:
        return [call.action for call in self.state.effects]

    def someone_sets(self, weights: Mapping[Colour, int]) -> None:
        self.state.set_weights(self.service.key, weights)

    def sicken(self, colour: Colour, unhealthy: int) -> None:
        self.state.targets[self.service.key, colour] = Targets(
            healthy=3 - unhealthy,
            unhealthy=unhealthy,
            reasons=("unhealthy: Health checks failed",) * unhealthy,
        )

    def had(self, colour: Colour, unhealthy: int, *, database_failures: int) -> datetime:
        minutes, key = self.state.minutes, self.service.key
        for each in Colour:
            newest = replace(minutes[key, each][0], database_failures=database_failures)
            minutes[key, each][0] = newest
        minutes[key, colour] = [
            replace(minute, healthy=3.0 - unhealthy, unhealthy=float(unhealthy))
            for minute in minutes[key, colour]
        ]
        return minutes[key, colour][0].start + timedelta(minutes=1)

    def fail(self, method: Method, fault: Fault) -> None:
        errors: dict[Fault, FilmOpsError] = {
            "denied": OperationFailed("AWS said no", code="denied", hint="Allow it."),
            "denied-403": OperationFailed("AWS said no", code="denied", hint="Allow it."),
        }
        error = errors.get(fault, Temporary(f"AWS: {fault}"))
        self.state.fail(method, error, after=fault == "lost")


class OnThePlant:
    """The real adapters on the sandbox's plant."""

    def __init__(self, plant: Plant) -> None:
        self.topology = load(plant.topology)
        self.plant = plant
        self.clients = AwsClients(self.topology)
        self.aws = build_aws(self.topology, clients=self.clients)

    @property
    def service(self) -> Service:
        return next(iter(self.topology.services.values()))

    def effects(self) -> list[str]:
        return [EFFECTS[call["action"]] for call in self.plant.calls(*EFFECTS)]

    def someone_sets(self, weights: Mapping[Colour, int]) -> None:
        self.plant.tell(
            "weights", service=self.service.key, **{str(c): w for c, w in weights.items()}
        )

    def sicken(self, colour: Colour, unhealthy: int) -> None:
        self.plant.tell(
            "colour", service=self.service.key, colour=colour, unhealthy_targets=unhealthy
        )

    def had(self, colour: Colour, unhealthy: int, *, database_failures: int) -> datetime:
        self.sicken(colour, unhealthy)
        end = datetime.now(UTC).replace(second=0, microsecond=0)
        self.plant.tell("advance", seconds=300)
        assert self.service.deploy is not None
        metric = self.service.deploy.database_failures
        assert metric is not None
        data: Any = {
            "MetricName": metric.metric,
            "Dimensions": [{"Name": n, "Value": v} for n, v in metric.dimensions.items()],
            "Timestamp": end - timedelta(seconds=30),
            "Value": float(database_failures),
        }
        self.clients.cloudwatch().put_metric_data(Namespace=metric.namespace, MetricData=[data])
        return end

    def fail(self, method: Method, fault: Fault) -> None:
        # Reads are sent three times by botocore, effects once.
        times = 1 if method in _SENT_ONCE else 3
        action = _ACTIONS[method]
        match fault:
            case "throttled":
                self.plant.fault(action, "status", status=400, code="Throttling", times=times)
            case "denied":
                self.plant.fault(action, "status", status=403, code="AccessDenied")
            case "denied-403":
                self.plant.fault(action, "status", status=400, code="403")
            case "down":
                self.plant.fault(action, "status", status=500, times=times)
            case "lost":
                self.plant.fault(action, "drop", times=times)


@pytest.fixture(params=["memory", "plant"])
def production(request: pytest.FixtureRequest) -> Iterator[Production]:
    """Both makes, one after the other."""
    if request.param == "memory":
        yield InMemory(load(Path(__file__).parent.parent / "filmops.toml"))
        return
    made = OnThePlant(request.getfixturevalue("plant"))
    yield made
    made.clients.close()
