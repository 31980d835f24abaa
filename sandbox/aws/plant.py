"""The plant's state: moto's backends for one account, and what moto has no room for.

`seed` fills it, `traffic` and `mends` move it, `control` turns its knobs. Everything that reads
or changes it holds `lock`: moto was not written for several threads.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from moto.applicationautoscaling.models import (
    ApplicationAutoscalingBackend,
    applicationautoscaling_backends,
)
from moto.autoscaling.models import AutoScalingBackend, autoscaling_backends
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ecr.models import ECRBackend, ecr_backends
from moto.ecs.models import EC2ContainerServiceBackend, Task, ecs_backends
from moto.elbv2.models import ELBv2Backend, FakeTargetGroup, elbv2_backends
from moto.logs.models import LogsBackend, logs_backends
from moto.rds.models import RDSBackend, rds_backends
from moto.s3.models import S3Backend, s3_backends
from moto.sqs.models import SQSBackend, sqs_backends

from bot.topology import Colour, Service, Topology
from sandbox.aws.calls import Calls
from sandbox.aws.metrics import MetricStore
from sandbox.aws.releases import Quality, Release
from sandbox.aws.schedule import Schedule
from sandbox.aws.schema import ProductDatabase
from sandbox.aws.written_schema import WrittenSchema
from sandbox.faults import Faults

GOOD_VERSION, NEW_VERSION = "v1.4.1", "v1.4.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line sets."""

    metrics_lag: float = 0.0
    requests_per_second: float = 50.0
    seed_minutes: float = 15.0
    speed: float = 1.0
    # A release that is pushed and has been in staging: one a person may deploy.
    next_release: str | None = None
    alerts_url: str | None = None
    # Where the product's real database lies, if there may be one; on from the start with the flag.
    product_database: Path | None = None
    real_migrations: bool = False


@dataclass(slots=True, kw_only=True)
class Network:
    """Where tasks and load balancers live."""

    vpc: str = ""
    subnets: list[str] = field(default_factory=list)
    security_group: str = ""


@dataclass(slots=True, kw_only=True)
class CloudWatch:
    """How CloudWatch answers: data younger than `lag` seconds is not there yet, and `partial`
    answers hold half of the points.
    """

    lag: float
    partial: bool = False


class _Clearable(Protocol):
    def clear(self) -> None: ...


class Plant:
    """One account in one region."""

    account = DEFAULT_ACCOUNT_ID

    def __init__(self, topology: Topology, options: Options) -> None:
        self.topology = topology
        self.options = options
        self.region = topology.studio.region
        self.lock = threading.RLock()
        self.store = MetricStore()
        self.schedule = Schedule(options.speed)
        self.faults = Faults()
        self.calls = Calls()
        self.network = Network()
        self.cloudwatch = CloudWatch(lag=options.metrics_lag)
        # Requests in each second of the first service.
        self.customers = options.requests_per_second
        self.denied: set[str] = set()
        directory = options.product_database
        self.product = ProductDatabase(directory) if directory is not None else None
        self.real_migrations = options.real_migrations
        self.written = WrittenSchema()
        self.exit_codes: dict[str, int] = {}
        self.qualities: dict[tuple[str, Colour], Quality] = {}
        # Which deployment and version answer a colour's customers: the last whose tasks passed.
        self.serving: dict[tuple[str, Colour], tuple[str, str]] = {}
        # What is known of a version wherever it is deployed, by service and version.
        self.releases: dict[tuple[str, str], Release] = {}
        # Targets on their way out, by target group: a real one drains before it is gone.
        self.draining: dict[str, set[str]] = {}
        # Addresses of targets on their way in, and of those that will never pass.
        self.warming: set[str] = set()
        self.failing: set[str] = set()
        # What S3 says of an object's copy when it is not what it looks like, by bucket and key.
        self.replicated: dict[tuple[str, str], str] = {}
        # How many instances of a group run jobs, by its name.
        self.jobs: dict[str, int] = {}
        # Where restored databases answer, when somebody has said so: host and port.
        self.restored_at: tuple[str, int] | None = None
        # RunTask's tokens with what was asked and the tasks it gave.
        self.tokens: dict[str, tuple[str, list[Task]]] = {}

    def forget(self) -> None:
        """Empty all that is not moto's and set every knob as the command line did."""
        memories: tuple[_Clearable, ...] = (
            *(self.schedule, self.store, self.calls, self.faults, self.denied, self.exit_codes),
            *(self.qualities, self.serving, self.releases, self.tokens),
            *(self.draining, self.warming, self.failing, self.replicated, self.jobs),
            self.written,
        )
        for memory in memories:
            memory.clear()
        self.schedule.run_at(self.options.speed)
        self.real_migrations = self.options.real_migrations
        self.restored_at = None
        self.cloudwatch = CloudWatch(lag=self.options.metrics_lag)
        self.customers = self.options.requests_per_second

    @property
    def restored_address(self) -> tuple[str, int] | None:
        """Where a restored database answers: as was said, else where the product's real one does,
        of which it is to be a copy. None: nowhere.
        """
        if self.restored_at is None and self.product is not None and self.real_migrations:
            return self.product.address
        return self.restored_at

    @property
    def elb(self) -> ELBv2Backend:
        """Load balancers."""
        return elbv2_backends[self.account][self.region]

    @property
    def ecs(self) -> EC2ContainerServiceBackend:
        """Clusters, services, tasks."""
        return ecs_backends[self.account][self.region]

    @property
    def ec2(self) -> EC2Backend:
        """Network and instances."""
        return ec2_backends[self.account][self.region]

    @property
    def rds(self) -> RDSBackend:
        """Databases."""
        return rds_backends[self.account][self.region]

    @property
    def sqs(self) -> SQSBackend:
        """Queues."""
        return sqs_backends[self.account][self.region]

    @property
    def autoscaling(self) -> AutoScalingBackend:
        """Auto Scaling groups."""
        return autoscaling_backends[self.account][self.region]

    @property
    def application_autoscaling(self) -> ApplicationAutoscalingBackend:
        """Who else sets the counts of tasks."""
        return applicationautoscaling_backends[self.account][self.region]

    @property
    def ecr(self) -> ECRBackend:
        """Images."""
        return ecr_backends[self.account][self.region]

    @property
    def logs(self) -> LogsBackend:
        """Log groups."""
        return logs_backends[self.account][self.region]

    @property
    def s3(self) -> S3Backend:
        """Buckets."""
        return s3_backends[self.account]["aws"]

    def target_group(self, service: Service, colour: Colour) -> FakeTargetGroup:
        """A colour's target group. Raises KeyError when somebody deleted it."""
        name = service.colours[colour].target_group
        for group in self.elb.target_groups.values():
            if group.name == name:
                return group
        raise KeyError(name)

    def owner_of(self, target_group_arn: str) -> tuple[str, Colour] | None:
        """The service and colour a target group belongs to."""
        name = target_group_arn.split("/")[-2]
        for key, service in self.topology.services.items():
            for colour, half in service.colours.items():
                if half.target_group == name:
                    return key, colour
        return None

    def release_of(self, service_key: str, version: str) -> Release:
        """A version's character; good when nobody gave it one."""
        return self.releases.get((service_key, version)) or Release()

    def quality_of(self, service_key: str, version: str) -> Quality:
        """How a version serves customers when nobody has turned a knob."""
        return replace(self.release_of(service_key, version).quality)

    def log_group(self, service: Service) -> str:
        """Where a service's containers write, also when the topology does not say."""
        cluster = self.topology.clusters[service.cluster]
        return service.log_group or f"/aws/ecs/{cluster}/{service.key}"
