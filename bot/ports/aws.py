"""What operations may ask of AWS; a deployment's part of it is in `releases`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.domain.live import (
    DatabaseState,
    GroupState,
    Minute,
    QueueState,
    Route,
    Snapshot,
    Targets,
    Tasks,
)
from bot.ports.buckets import Buckets
from bot.ports.fence import Fence
from bot.ports.instances import Instances
from bot.ports.releases import Errands, Images, Logs, Rollers, Snapshots
from bot.ports.scaling import Scaling
from bot.topology import Colour, Database, Group, Queue, Service


class Traffic(Protocol):
    """The load balancer's weights."""

    async def routes(self, service: Service) -> tuple[Route, ...]:
        """Every default action and rule, on every listener, that forwards to either colour."""
        ...

    def call_for(
        self, route: Route, weights: Mapping[Colour, int]
    ) -> tuple[str, Mapping[str, Any]]:
        """The action (`modify_listener` or `modify_rule`) and parameters that would set weights."""
        ...

    async def set_weights(
        self, route: Route, weights: Mapping[Colour, int], *, fence: Fence
    ) -> None:
        """Make that one call, once, everything else on the route kept."""
        ...

    async def targets(self, service: Service, colour: Colour) -> Targets:
        """The health of a colour's targets."""
        ...


class Containers(Protocol):
    """ECS."""

    async def tasks(self, service: Service, colour: Colour) -> Tasks:
        """A colour's ECS service, its image and recent deployments."""
        ...


class Metrics(Protocol):
    """CloudWatch."""

    async def minutes(
        self, service: Service, *, start: datetime, end: datetime
    ) -> Mapping[Colour, tuple[Minute, ...]]:
        """Both colours' periods that start in [start, end), oldest first.

        One of which CloudWatch holds nothing is left out; one with targets and no traffic is not.
        """
        ...

    async def minutes_of(
        self, services: Sequence[Service], *, start: datetime, end: datetime
    ) -> Mapping[str, Mapping[Colour, tuple[Minute, ...]]]:
        """The same of many services by key, in one question. One whose load balancer or target
        groups AWS does not know (any more) is left out: it must not blind the others.
        """
        ...


class Databases(Protocol):
    """RDS."""

    async def state(self, database: Database) -> DatabaseState:
        """The instance as described, with its connections from CloudWatch if known."""
        ...

    async def snapshots(self, database: Database) -> tuple[Snapshot, ...]:
        """Restorable snapshots, newest first."""
        ...


class Queues(Protocol):
    """SQS."""

    async def state(self, queue: Queue) -> QueueState:
        """Depth, in flight, dead letters."""
        ...


class Groups(Protocol):
    """Auto Scaling."""

    async def state(self, group: Group) -> GroupState:
        """Desired, bounds, in service."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Aws:
    """What operations may ask of AWS."""

    traffic: Traffic
    containers: Containers
    metrics: Metrics
    databases: Databases
    queues: Queues
    groups: Groups
    images: Images
    rollers: Rollers
    errands: Errands
    logs: Logs
    snapshots: Snapshots
    instances: Instances
    buckets: Buckets
    scaling: Scaling
