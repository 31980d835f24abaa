"""How much of something runs, and who else decides about it: Auto Scaling's targets and groups.

Adapters fill these; `scale` plans by them, `autoscaling` reports on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Stopped(StrEnum):
    """What somebody has suspended. The first three are decisions, the last two deeds: without
    them an Auto Scaling group neither starts nor ends an instance, whoever asks.
    """

    GROWING = "scaling out by policies"
    SHRINKING = "scaling in by policies"
    SCHEDULE = "scheduled actions"
    LAUNCH = "launching instances"
    TERMINATE = "terminating instances"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A scaling policy. `metric` and `target` are a target tracking's, which scales in unless
    `shrinks` is false; `alarms` are what sets it off: without one it never acts.
    """

    name: str
    kind: str
    metric: str = ""
    target: float | None = None
    shrinks: bool = True
    alarms: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """`cpu-60 (target tracking: ECSServiceAverageCPUUtilization at 60)`."""
        if self.target is None:
            return f"{self.name} ({self.kind})"
        return f"{self.name} ({self.kind}: {self.metric} at {self.target:g})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """A scheduled action: when, and what it sets; None stays as it is."""

    name: str
    when: str
    minimum: int | None = None
    maximum: int | None = None
    desired: int | None = None

    @property
    def words(self) -> str:
        """`night (cron(0 22 * * ? *)): min 2, max 4`."""
        sets = (("min", self.minimum), ("max", self.maximum), ("desired", self.desired))
        told = ", ".join(f"{name} {value}" for name, value in sets if value is not None)
        return f"{self.name} ({self.when}): {told or 'nothing'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Autoscaling:
    """Who else sets the count, and between which bounds."""

    minimum: int
    maximum: int
    policies: tuple[Policy, ...] = ()
    scheduled: tuple[Scheduled, ...] = ()
    suspended: frozenset[Stopped] = frozenset()

    @property
    def bounds(self) -> str:
        """`2 to 10`."""
        return f"{self.minimum} to {self.maximum}"


IN_SERVICE = "InService"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An instance of an Auto Scaling group. `state` is AWS' lifecycle word; a protected one is not
    ended by scaling in.
    """

    id: str
    state: str
    healthy: bool
    protected: bool

    @property
    def in_service(self) -> bool:
        """Whether it can work."""
        return self.state.startswith(IN_SERVICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """An Auto Scaling group with its instances."""

    desired: int
    members: tuple[Member, ...]
    autoscaling: Autoscaling

    @property
    def working(self) -> tuple[Member, ...]:
        """Those in service and healthy."""
        return tuple(member for member in self.members if member.in_service and member.healthy)

    @property
    def moving(self) -> bool:
        """Whether any is on its way in or out."""
        return any(member.state.startswith(("Pending", "Terminating")) for member in self.members)

    @property
    def others(self) -> Mapping[str, int]:
        """How many do not work, by state; an unhealthy one will be replaced."""
        counted: dict[str, int] = {}
        for member in self.members:
            if not (member.in_service and member.healthy):
                state = "unhealthy" if member.in_service else member.state
                counted[state] = counted.get(state, 0) + 1
        return counted
