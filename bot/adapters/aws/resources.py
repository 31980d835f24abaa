"""The single resources that policies may name, as ARNs: what a permission is tested on.

Before it comes `checks` with what its looks found; after it `simulation`. Pure, no calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.adapters.aws.permissions import On
from bot.domain.live import Route
from bot.topology import Service, Topology

_ANY_GROUP = "00000000-0000-0000-0000-000000000000"
"""A group's own number, which policies leave open: `autoScalingGroup:*:autoScalingGroupName/…`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who AWS says we are, and where."""

    arn: str
    account: str
    region: str

    def named(self, service: str, name: str) -> str:
        """An ARN of this account and region."""
        return f"arn:{self.arn.split(':')[1]}:{service}:{self.region}:{self.account}:{name}"

    def global_named(self, service: str, name: str) -> str:
        """An ARN that knows neither region nor account."""
        return f"arn:{self.arn.split(':')[1]}:{service}:::{name}"

    def role(self, name: str) -> str:
        """A role's ARN; task definitions may name a role without it."""
        partition = self.arn.split(":")[1]
        return name if ":" in name else f"arn:{partition}:iam::{self.account}:role/{name}"


@dataclass(slots=True, kw_only=True)
class Found:
    """What the looks met on their way: no name of the topology tells it."""

    routes: list[Route] = field(default_factory=list)
    revisions: set[str] = field(default_factory=set)
    migrations: set[str] = field(default_factory=set)
    roles: set[str] = field(default_factory=set)
    log_groups: set[str] = field(default_factory=set)


def deployed(topology: Topology) -> list[Service]:
    """The services that can be deployed."""
    return [service for service in topology.services.values() if service.deploy is not None]


def resources(topology: Topology, caller: Caller, found: Found) -> dict[On, list[str]]:
    """ARNs by what a permission is on; names need no reading to become these."""
    queues = topology.queues.values()
    names = {name for queue in queues for name in (queue.key, queue.dead_letter) if name}
    services = deployed(topology)
    buckets = sorted(
        {name for each in topology.buckets.values() for name in (each.name, each.replica) if name}
    )
    return {
        On.LISTENERS: [route.listener_arn for route in found.routes if route.is_default],
        On.RULES: [route.arn for route in found.routes if not route.is_default],
        On.DATABASES: [caller.named("rds", f"db:{name}") for name in topology.databases],
        On.QUEUES: [caller.named("sqs", name) for name in sorted(names)],
        On.REPOSITORIES: sorted(
            {
                caller.named("ecr", f"repository/{each.deploy.repository}")
                for each in services
                if each.deploy
            }
        ),
        On.SERVICES: [
            caller.named("ecs", f"service/{topology.clusters[each.cluster]}/{half.ecs_service}")
            for each in topology.services.values()
            for half in each.colours.values()
        ],
        On.REVISIONS: sorted(found.revisions | found.migrations),
        On.MIGRATIONS: sorted(found.migrations),
        On.ROLES: sorted(caller.role(name) for name in found.roles),
        On.SNAPSHOTS: [
            caller.named("rds", f"snapshot:filmops-{name}-r1") for name in topology.databases
        ],
        On.COPIES: [
            caller.named("rds", f"db:{name}-read-replica-1") for name in topology.databases
        ],
        On.TARGETS: [
            caller.named("application-autoscaling", f"scalable-target/{service.key}")
            for service in topology.services.values()
        ],
        On.GROUPS: [
            caller.named(
                "autoscaling",
                f"autoScalingGroup:{_ANY_GROUP}:autoScalingGroupName/{group.autoscaling_group}",
            )
            for group in topology.groups.values()
        ],
        On.LOGS: [
            caller.named("logs", f"log-group:{name}:log-stream:")
            for name in sorted(found.log_groups)
        ],
        On.BUCKETS: [caller.global_named("s3", name) for name in buckets],
        On.OBJECTS: [caller.global_named("s3", f"{name}/*") for name in buckets],
    }


def missed(topology: Topology, found: Found) -> frozenset[On]:
    """Where nothing to test on is trouble: the looks should have found some and did not."""
    services = deployed(topology)
    migrating = any(each.deploy and each.deploy.migration for each in services)
    wanted: Mapping[On, tuple[bool, Sequence[object] | set[str]]] = {
        On.LISTENERS: (True, found.routes),
        On.RULES: (True, found.routes),
        On.REVISIONS: (bool(services), found.revisions),
        On.ROLES: (bool(services), found.revisions),
        On.MIGRATIONS: (migrating, found.migrations),
    }
    return frozenset(on for on, (needed, there) in wanted.items() if needed and not there)
