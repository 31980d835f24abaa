"""What a release is made of on AWS, as read: images, revisions, rollouts, one-off tasks, log lines.

Adapters fill these; the deployment's checklist, its plan and its steps read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.live import Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image in the registry. `uri` is what a task definition names: `registry/name:tag`."""

    uri: str
    tag: str
    digest: str
    pushed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A revision of a task definition. `active`: it can still be started. `image` is the main
    container's.
    """

    arn: str
    family: str
    active: bool
    image: str


class RolloutState(StrEnum):
    """ECS' words for how a deployment goes; `FAILED` is the circuit breaker's."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """One ECS deployment of a colour. `primary`: what the service is meant to run.

    `failed` counts tasks that stopped before they were well.
    """

    id: str
    primary: bool
    state: RolloutState
    reason: str
    task_definition: str
    desired: int
    running: int
    pending: int
    failed: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollouts:
    """A colour's ECS service in the middle of it: the deployments newest first, what ECS said
    last (newest first), and why its tasks `stopped` lately, with how many of them, if it is told.
    """

    desired: int
    running: int
    rollouts: tuple[Rollout, ...]
    events: tuple[str, ...] = ()
    stopped: tuple[str, ...] | Missing = ()

    @property
    def primary(self) -> Rollout | None:
        """The deployment that ECS works towards."""
        return next((rollout for rollout in self.rollouts if rollout.primary), None)


class ErrandState(StrEnum):
    """Where a one-off task stands."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A one-off task. `exit_code` is None until its container has ended, and when it never began;
    `reason` is ECS' word for why it stopped.
    """

    arn: str
    state: ErrandState
    exit_code: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line of a log. `id` is the log's own: the same line read twice has the same."""

    id: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """Lines oldest first; `more` when there are more than were asked for."""

    lines: tuple[LogLine, ...]
    more: bool = False
