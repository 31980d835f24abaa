"""Every name of the topology, looked at once as the bot would: the harmless reads of the check.

Before it comes `checks`; after it the adapters themselves, so that a check that passes and an
operation that fails cannot differ in how they ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from bot.adapters.aws.look import Look
from bot.adapters.aws.names import Names
from bot.adapters.aws.release_looks import ReleaseLooks
from bot.adapters.aws.resources import Found
from bot.adapters.aws.session import AwsClients
from bot.domain.live import Route
from bot.errors import OperationFailed
from bot.ports import Aws
from bot.topology import Bucket, Colour, Database, Group, Queue, Service, Topology

_ELB = "elasticloadbalancing"


class Looks:
    """Makes the looks for a topology. `now` is AWS's own time, None when it did not say."""

    def __init__(
        self, topology: Topology, *, clients: AwsClients, aws: Aws, now: datetime | None
    ) -> None:
        self._topology = topology
        self._clients = clients
        self._names = Names(clients)
        self._aws = aws
        self._now = now
        self.found = Found()
        self._release = ReleaseLooks(topology, clients=clients, aws=aws, now=now, found=self.found)

    def all(self) -> Iterator[Look]:
        """In the order of the file."""
        for service in self._topology.services.values():
            yield from self._service(service)
            if service.deploy is not None:
                yield from self._release.all(service, service.deploy)
        for database in self._topology.databases.values():
            yield Look(
                subject=f"database {database.key}",
                actions=(
                    "rds:DescribeDBInstances",
                    "rds:DescribeDBSnapshots",
                    "rds:DescribeOrderableDBInstanceOptions",
                ),
                run=partial(self._database, database),
                path=f"databases.{database.key}",
            )
        for queue in self._topology.queues.values():
            yield Look(
                subject=f"queue {queue.key}",
                actions=("sqs:GetQueueUrl", "sqs:GetQueueAttributes"),
                run=partial(self._queue, queue),
                path=f"queues.{queue.key}",
            )
        for group in self._topology.groups.values():
            yield Look(
                subject=f"Auto Scaling group {group.autoscaling_group}",
                actions=(
                    "autoscaling:DescribeAutoScalingGroups",
                    "autoscaling:DescribePolicies",
                    "autoscaling:DescribeScheduledActions",
                ),
                run=partial(self._group, group),
                path=f"groups.{group.key}.autoscaling_group",
            )

        for bucket in self._topology.buckets.values():
            actions = ("s3:GetReplicationConfiguration", "s3:ListBucket", "s3:GetObject")
            yield Look(
                subject=f"bucket {bucket.name}",
                actions=actions,
                run=partial(self._bucket, bucket),
                path=f"buckets.{bucket.key}.name",
            )

    def _service(self, service: Service) -> Iterator[Look]:
        path = f"services.{service.key}"
        cluster = self._topology.clusters[service.cluster]
        yield Look(
            subject=f"load balancer {service.load_balancer}",
            actions=(f"{_ELB}:DescribeLoadBalancers",),
            run=partial(self._load_balancer, service.load_balancer),
            path=f"{path}.load_balancer",
        )
        for colour, half in service.colours.items():
            yield Look(
                subject=f"target group {half.target_group}",
                actions=(f"{_ELB}:DescribeTargetGroups",),
                run=partial(self._target_group, half.target_group),
                path=f"{path}.colours.{colour}.target_group",
            )
            yield Look(
                subject=f"ECS service {half.ecs_service} in {cluster}",
                actions=("ecs:DescribeServices", "ecs:DescribeTaskDefinition"),
                run=partial(self._tasks, service, colour),
                path=f"{path}.colours.{colour}.ecs_service",
            )
            yield Look(
                subject=f"autoscaling of {half.ecs_service} in {cluster}",
                actions=tuple(
                    f"application-autoscaling:Describe{each}"
                    for each in ("ScalableTargets", "ScalingPolicies", "ScheduledActions")
                ),
                run=partial(self._autoscaling, service, colour),
                path=f"{path}.colours.{colour}.ecs_service",
            )
        yield Look(
            subject=f"traffic of {service.key}",
            actions=tuple(
                f"{_ELB}:Describe{each}" for each in ("Listeners", "Rules", "TargetHealth")
            ),
            run=partial(self._traffic, service),
            path=path,
        )
        yield Look(
            subject=f"metrics of {service.key}",
            actions=("cloudwatch:GetMetricData",),
            run=partial(self._metrics, service),
            path=path,
        )

    async def _load_balancer(self, name: str) -> str:
        return await self._clients.run(self._names.load_balancer, name)

    async def _target_group(self, name: str) -> str:
        return await self._clients.run(self._names.target_group, name)

    async def _tasks(self, service: Service, colour: Colour) -> str:
        tasks = await self._aws.containers.tasks(service, colour)
        return f"{tasks.version}, {tasks.running} of {tasks.desired} running"

    async def _autoscaling(self, service: Service, colour: Colour) -> str:
        found = await self._aws.scaling.service(service, colour)
        return "none" if found is None else f"{found.bounds} tasks"

    async def _traffic(self, service: Service) -> str:
        routes = await self._aws.traffic.routes(service)
        for colour in Colour:
            await self._aws.traffic.targets(service, colour)
        if not routes:
            raise OperationFailed(f"no listener of {service.load_balancer} forwards to its colours")
        self.found.routes.extend(routes)
        return "; ".join(f"{route.label} {_weights(route)}" for route in routes)

    async def _metrics(self, service: Service) -> str:
        if self._now is None:
            raise OperationFailed("AWS's answers carry no date, so there is no minute to ask for")
        start = self._now - timedelta(minutes=self._topology.metrics.history_minutes)
        found = await self._aws.metrics.minutes(service, start=start, end=self._now)
        counts = (f"{colour} {len(minutes)}" for colour, minutes in found.items())
        return f"minutes with data: {', '.join(counts)}"

    async def _database(self, database: Database) -> str:
        state = await self._aws.databases.state(database)
        snapshots = await self._aws.databases.snapshots(database)
        await self._aws.instances.classes(database.key)
        return f"{state.status}, {len(snapshots)} snapshots"

    async def _queue(self, queue: Queue) -> str:
        return f"{(await self._aws.queues.state(queue)).waiting} waiting"

    async def _group(self, group: Group) -> str:
        fleet = await self._aws.scaling.group(group)
        await self._aws.scaling.busy(group, [member.id for member in fleet.working])
        return f"{len(fleet.working)} of {fleet.desired} in service"

    async def _bucket(self, bucket: Bucket) -> str:
        rules = await self._aws.buckets.rules(bucket)
        sample = await self._aws.buckets.sample(bucket, limit=1)
        arrived = sum(each.copy is not None for each in sample.objects)
        return f"{len(rules)} replication rules, {arrived} of {len(sample.objects)} objects copied"


def _weights(route: Route) -> str:
    return ", ".join(f"{colour} {weight}" for colour, weight in route.weights.items())
