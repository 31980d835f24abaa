"""The live state of production as values: what was read, and what could not be.

Adapters fill these; rollback's decision, status' answer and the plan's evidence read them.
A part that could not be read is `Missing` with the reason: never a guess, never a zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.topology import Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A part that could not be read; `reason` is for people, `hint` what they can do about it."""

    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One listener's default action or one rule that forwards to either colour.

    `is_default` says which call changes it (`modify_listener` or `modify_rule`). `actions` are
    the live actions as AWS gave them, whole, because lists are replaced whole. Weights 0..999.
    """

    arn: str
    listener_arn: str
    label: str
    is_default: bool
    weights: Mapping[Colour, int]
    actions: tuple[Mapping[str, Any], ...]
    stickiness_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """A colour's targets by health; draining ones are on their way out and do not count."""

    healthy: int
    unhealthy: int
    draining: int = 0
    reasons: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Those that should serve."""
        return self.healthy + self.unhealthy


UNTAGGED = "untagged"
"""The version of an image that is named by its digest alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One ECS deployment of a colour. `status` PRIMARY/ACTIVE, `rollout` as ECS names it."""

    id: str
    status: str
    rollout: str
    task_definition: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """A colour's ECS service: counts, revision, image and recent deployments (newest first)."""

    desired: int
    running: int
    pending: int
    task_definition: str
    image: str
    deployments: tuple[Deployment, ...] = ()

    @property
    def version(self) -> str:
        """The image's tag, whole: it is compared. One named by its digest has none."""
        _, separator, tag = self.image.partition("@")[0].rpartition(":")
        return tag if separator and "/" not in tag else UNTAGGED


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """One closed period of a colour's traffic, from CloudWatch.

    `errors` counts target 5xx, `refused` connections, and `balancer_errors`: what the load balancer
    answered by itself and `bot.domain.attribution` gave to this colour (in `requests`, too).
    `p95_seconds` is None when nothing was served, `complete` False when CloudWatch told the
    traffic in part. Targets (an average), `cpu` and `memory` (percent) are None when unknown.
    `database_failures` are the service's: the same on both colours.
    """

    start: datetime
    requests: int
    errors: int
    p95_seconds: float | None
    complete: bool = True
    refused: int = 0
    balancer_errors: int = 0
    healthy: float | None = None
    unhealthy: float | None = None
    cpu: float | None = None
    memory: float | None = None
    database_failures: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourState:
    """All that is known of one colour now."""

    tasks: Tasks | Missing
    targets: Targets | Missing
    minutes: tuple[Minute, ...] | Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """A service's live state at `read_at`."""

    service: str
    read_at: datetime
    routes: tuple[Route, ...] | Missing
    colours: Mapping[Colour, ColourState]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseState:
    """An RDS instance as described. What it is worth showing without is Missing with the reason."""

    status: str
    instance_class: str
    engine: str
    multi_az: bool
    pending: Mapping[str, str]
    latest_backup_at: datetime | Missing | None
    connections: int | Missing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """Messages waiting, in flight, and given up (None: no dead-letter queue)."""

    waiting: int
    in_flight: int
    dead: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupState:
    """An Auto Scaling group's size."""

    desired: int
    minimum: int
    maximum: int
    in_service: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """One HTTP look at the product: `ok` is the answer the topology expects."""

    ok: bool
    status: int | None
    seconds: float
    body: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    """An incident open in PagerDuty."""

    id: str
    title: str
    status: str
    urgency: str
    service: str
    url: str
    opened_at: datetime
    assigned_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A database snapshot one could restore."""

    id: str
    kind: str
    created_at: datetime
    status: str
