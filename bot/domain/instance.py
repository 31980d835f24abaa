"""An RDS instance as one that is changed, copied or removed needs to know it.

Adapters fill these; scaling, restores and the drill read them. What a status needs is
`bot.domain.live.DatabaseState`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.live import Missing

REPLICA_TAG = ("filmops", "replica")
"""What the read replicas we make carry, and nothing else that we may remove as one."""

DR_TEST_TAG = ("filmops", "dr-test")
"""What the instances of DR tests carry, and nothing else that a DR test may remove."""

OUR_TAGS: Mapping[str, tuple[str, ...]] = {"filmops": (REPLICA_TAG[1], DR_TEST_TAG[1])}
"""All that an instance must carry to be removed by us at all: IAM sees to that, too."""


LOST = frozenset(
    {
        "deleting",
        "failed",
        "inaccessible-encryption-credentials",
        "incompatible-network",
        "incompatible-option-group",
        "incompatible-parameters",
        "incompatible-restore",
        "restore-error",
        "storage-full",
    }
)
"""RDS' words for an instance that does not become available by itself any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What a restore does not take over by itself: without it a restored instance gets the default
    security and parameter groups and one zone (AWS fact).
    """

    subnet_group: str
    security_groups: tuple[str, ...]
    parameter_group: str
    multi_az: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server answers."""

    host: str
    port: int

    def __str__(self) -> str:
        """For people."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """`status` is RDS' word. `pending` are changes that wait for the maintenance window. `source`
    is the instance a replica copies; `tags` say whose it is: we delete only what carries ours.
    `zones` are those its subnet group reaches. `maintenance_window` is `sun:05:00-sun:06:00`, UTC.
    """

    id: str
    status: str
    instance_class: str
    engine: str
    network: Network
    zone: str
    zones: tuple[str, ...] = ()
    endpoint: str
    port: int
    maintenance_window: str
    pending: Mapping[str, str] = field(default_factory=dict)
    replicas: tuple[str, ...] = ()
    source: str | None = None
    replica_lag_seconds: float | Missing | None = None
    created_at: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
