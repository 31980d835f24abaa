"""Every method of the AWS ports, called once as an operation would: for what is true of all calls.

`Calls` stands on the plant; each run is made on ports that remember nothing, because a name that is
known already is not asked for again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bot.adapters.aws import AwsClients, build_aws
from bot.domain.instance import DR_TEST_TAG, Network
from bot.domain.release import Errand
from bot.errors import Temporary
from bot.ports import Aws
from bot.topology import Colour, Topology

Call = Callable[[Aws], Awaitable[object]]
KEY = "filmops-R1-migrate"
RESTORED = "prod-db-dr-test-r1"
NETWORK = Network(subnet_group="", security_groups=(), parameter_group="", multi_az=False)
ROLE = "arn:aws:iam::123456789012:role/backend"


def holding() -> None:
    """A fence that holds."""


class Calls:
    """Made by somebody who may do everything; then asked by whom you wish."""

    def __init__(
        self,
        topology: Topology,
        *,
        template: str,
        image: str,
        errand: Errand,
        workers: Sequence[str],
    ) -> None:
        self._topology = topology
        self._template = template
        self._image = image
        self._errand = errand
        self._workers = workers
        self._numbers = count(1)

    @classmethod
    async def ready(cls, topology: Topology, clients: AwsClients, console: Any) -> Calls:
        """A revision that has roles, a migration that has run, snapshots and copies to remove."""
        aws, service = build_aws(topology, clients=clients), topology.services["backend"]
        tasks = await aws.containers.tasks(service, Colour.BLUE)
        found = console("ecs").describe_task_definition(taskDefinition=tasks.task_definition)
        taken = console("ecs").meta.service_model.shape_for("RegisterTaskDefinitionRequest").members
        content = {k: v for k, v in found["taskDefinition"].items() if k in taken}
        made = console("ecs").register_task_definition(
            **{**content, "family": "backend-with-roles", "taskRoleArn": ROLE},
            tags=[{"key": "service", "value": "backend"}],
        )
        image = await aws.images.find(service, "v1.4.1")
        assert image is not None
        await aws.errands.start(service, Colour.BLUE, image=image.uri, key=KEY, fence=holding)
        errand = await aws.errands.find(service, KEY)
        assert errand is not None
        await aws.scaling.bounds(service, Colour.BLUE, minimum=2, maximum=8, fence=holding)
        fleet = await aws.scaling.group(topology.groups["gpu"])
        template = made["taskDefinition"]["taskDefinitionArn"]
        workers = [member.id for member in fleet.members]
        return cls(topology, template=template, image=image.uri, errand=errand, workers=workers)

    def all(self) -> Mapping[str, Call]:
        """By the method's name."""
        topology, service = self._topology, self._topology.services["backend"]
        database, bucket = topology.databases["prod-db"], topology.buckets["media"]
        group = topology.groups["gpu"]
        end = datetime.now(UTC).replace(second=0, microsecond=0)
        span = {"start": end - timedelta(minutes=3), "end": end}
        fence = holding
        return {
            "traffic.routes": lambda aws: aws.traffic.routes(service),
            "traffic.set_weights": self._weights,
            "traffic.targets": lambda aws: aws.traffic.targets(service, Colour.BLUE),
            "containers.tasks": lambda aws: aws.containers.tasks(service, Colour.BLUE),
            "metrics.minutes": lambda aws: aws.metrics.minutes(service, **span),
            "metrics.minutes_of": lambda aws: aws.metrics.minutes_of([service], **span),
            "databases.state": lambda aws: aws.databases.state(database),
            "databases.snapshots": lambda aws: aws.databases.snapshots(database),
            "queues.state": lambda aws: aws.queues.state(topology.queues["prod-jobs"]),
            "groups.state": lambda aws: aws.groups.state(topology.groups["gpu"]),
            "images.find": lambda aws: aws.images.find(service, "v1.4.1"),
            "images.newest": lambda aws: aws.images.newest(service),
            "rollers.revision": lambda aws: aws.rollers.revision(self._template),
            "rollers.prepared": lambda aws: aws.rollers.prepared(
                service, template=self._template, image=self._image
            ),
            "rollers.register": lambda aws: aws.rollers.register(
                service, template=self._template, image=self._image, fence=fence
            ),
            "rollers.rollouts": lambda aws: aws.rollers.rollouts(service, Colour.BLUE),
            "rollers.update": lambda aws: aws.rollers.update(
                service, Colour.GREEN, desired=3, fence=fence
            ),
            "rollers.room": lambda aws: aws.rollers.room(service, Colour.BLUE),
            "errands.start": lambda aws: aws.errands.start(
                service, Colour.BLUE, image=self._unseen(), key=KEY, fence=fence
            ),
            "errands.find": lambda aws: aws.errands.find(service, KEY),
            "errands.output": lambda aws: aws.errands.output(
                service, self._errand, since=end - timedelta(hours=1)
            ),
            "logs.search": lambda aws: aws.logs.search(service.log_group, pattern="?ERROR", **span),
            "snapshots.take": lambda aws: _unless_busy(
                aws.snapshots.take(
                    "prod-db", "filmops-prod-db-r1", tags={"filmops": "R1"}, fence=fence
                )
            ),
            "snapshots.state": lambda aws: aws.snapshots.state("prod-db", "filmops-prod-db-r1"),
            "instances.find": lambda aws: aws.instances.find("prod-db"),
            "instances.tagged": lambda aws: aws.instances.tagged(DR_TEST_TAG),
            "instances.classes": lambda aws: aws.instances.classes("prod-db"),
            "instances.resize": lambda aws: _unless_busy(
                aws.instances.resize("prod-db", "db.r6g.large", now=False, fence=fence)
            ),
            "instances.replicate": lambda aws: _unless_busy(
                aws.instances.replicate(
                    "prod-db",
                    "prod-db-read-replica-1",
                    instance_class="db.r6g.large",
                    zone=None,
                    fence=fence,
                )
            ),
            "instances.restore": self.restore,
            "instances.remove": lambda aws: _unless_busy(
                aws.instances.remove(RESTORED, tag=DR_TEST_TAG, fence=fence)
            ),
            "scaling.service": lambda aws: aws.scaling.service(service, Colour.BLUE),
            "scaling.bounds": lambda aws: aws.scaling.bounds(
                service, Colour.BLUE, minimum=2, maximum=8, fence=fence
            ),
            "scaling.group": lambda aws: aws.scaling.group(group),
            "scaling.busy": lambda aws: aws.scaling.busy(group, self._workers),
            "scaling.desire": lambda aws: aws.scaling.desire(group, 2, fence=fence),
            "scaling.limits": lambda aws: aws.scaling.limits(
                group, minimum=1, maximum=6, fence=fence
            ),
            "scaling.protect": lambda aws: aws.scaling.protect(
                group, self._workers, protected=True, fence=fence
            ),
            "buckets.rules": lambda aws: aws.buckets.rules(bucket),
            "buckets.sample": lambda aws: aws.buckets.sample(bucket, limit=1),
            "buckets.count": lambda aws: aws.buckets.count(bucket, replica=True, now=end),
        }

    def _unseen(self) -> str:
        """An image that no revision has yet: it has to be registered."""
        return f"{self._image.rpartition(':')[0]}:v0.0.{next(self._numbers)}"

    async def restore(self, aws: Aws) -> None:
        """The newest snapshot of the seed's."""
        await _unless_busy(
            aws.instances.restore(
                "prod-db-before-release",
                RESTORED,
                network=NETWORK,
                tags=dict([DR_TEST_TAG]),
                fence=holding,
            )
        )

    async def _weights(self, aws: Aws) -> None:
        """Every route to what it is: one call by listener, one by rule."""
        for route in await aws.traffic.routes(self._topology.services["backend"]):
            await aws.traffic.set_weights(route, route.weights, fence=holding)


async def _unless_busy(call: Awaitable[object]) -> None:
    """What is busy says so after IAM has let the call pass."""
    try:
        await call
    except Temporary:
        return
