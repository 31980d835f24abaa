"""How a service is deployed and watched: the runbook's *Standard Deployment* as numbers.

`[deploy]` and `[watch]` hold for all services; `[services.KEY.deploy]` says that and how one of
them can be deployed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from bot.topology.github import GithubSource
from bot.topology.names import Seconds, Value

Minutes = Annotated[int, Field(ge=1, le=1440)]
Percent = Annotated[int, Field(ge=1, le=100)]


class Migration(Value):
    """The one-off ECS task that brings the schema up, and the command it runs.

    `container` is the one whose command is replaced and whose exit code counts; without it the
    first essential one. It runs in the live colour's network.
    """

    family: str
    command: Annotated[tuple[str, ...], Field(min_length=1)] = ("alembic", "upgrade", "head")
    container: str = ""
    seconds: Seconds = 900


class MetricName(Value):
    """One CloudWatch metric, summed over a minute."""

    namespace: str
    metric: str
    dimensions: dict[str, str] = Field(default_factory=dict)


class Deployable(Value):
    """`[services.KEY.deploy]`: where a release comes from, and what must hold before it serves.

    `repository` is ECR's; `container` the one whose image is replaced (the first essential one
    without it). `staging` is the service that had the release first. `boxes` are ticked by a person
    before anybody approves. `database_failures` counts connections the database refused.
    """

    repository: str
    container: str = ""
    staging: str | None = None
    migration: Migration | None = None
    boxes: tuple[str, ...] = ("The rollback plan is documented", "Stakeholders have been told")
    optional_flows: tuple[str, ...] = ()
    """Names of critical flows that cost something: made only when asked for (`--all-flows`)."""

    database_failures: MetricName | None = None
    error_pattern: str = "?ERROR ?Exception ?Traceback"
    github: GithubSource | None = None


class Deploying(Value):
    """`[deploy]`: the runbook's times. Minutes of a watch are closed periods of `[metrics]`."""

    canary: Annotated[tuple[Percent, ...], Field(min_length=1, max_length=10)] = (5, 25, 50, 100)
    step_minutes: Minutes = 5
    """How many closed minutes each canary step before the last is watched."""

    watch_minutes: Minutes = 10
    monitor_minutes: Minutes = 30
    """Counted, as `watch_minutes`, from the moment all traffic has moved."""

    rollout_seconds: Seconds = 900
    """How long ECS may take to bring the idle colour up."""

    backup_hours: Annotated[float, Field(gt=0, le=168)] = 24
    """A snapshot not older than this is a backup; otherwise one is made."""

    backup_seconds: Annotated[float, Field(gt=0, le=86_400)] = 3600
    warm_hours: Annotated[float, Field(gt=0, le=720)] = 24
    """How long the old colour stays up as the way back, after which it is scaled in."""

    warm_tasks: Annotated[int, Field(ge=0, le=1000)] = 0
    """How many tasks of the old colour are left then."""

    error_rate: Annotated[float, Field(gt=0, le=1)] = 0.01
    p95_seconds: Seconds = 0.2
    """What the post-deployment checklist accepts (runbook: <1 % errors, <200 ms p95)."""

    error_lines: Annotated[int, Field(ge=0)] = 20
    """So many lines of errors in the log since the switch hold a deployment, unless the same time
    before it had as many."""

    @field_validator("canary")
    @classmethod
    def _rising(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if list(value) != sorted(set(value)) or value[-1] != 100:
            raise ValueError("canary must rise from step to step and end with 100")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.monitor_minutes < self.watch_minutes:
            raise ValueError(
                f"monitor_minutes is {self.monitor_minutes}: the watch alone takes "
                f"{self.watch_minutes}"
            )
        return self


class Patrol(StrEnum):
    """What is done when production is bad and nobody deploys: nothing, ask, or act."""

    OFF = "off"
    PROPOSE = "propose"
    ROLLBACK = "rollback"


class Watching(Value):
    """`[watch]`: when closed minutes call for the way back (runbook, *When to Rollback*).

    Errors and response time must breach `trigger_minutes` in a row; unhealthy targets and
    `database_failures` refused connections call at once. `blind_minutes` without an answer of
    CloudWatch hold a deployment.
    """

    trigger_minutes: Minutes = 5
    database_failures: Annotated[int, Field(ge=1)] = 5
    blind_minutes: Minutes = 5
    production: Patrol = Patrol.PROPOSE
