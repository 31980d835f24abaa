"""`filmops.toml` as frozen, checked values: services, thresholds, people, rules.

Read once at start by `load`; handed to everything else as a value. The domain may see it
because it *is* a value: no I/O happens after `load`.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from bot.errors import ConfigurationError


class Colour(StrEnum):
    """The two halves of a blue/green service."""

    BLUE = "blue"
    GREEN = "green"

    @property
    def other(self) -> Colour:
        """The colour that is not this one."""
        return Colour.GREEN if self is Colour.BLUE else Colour.BLUE


class Risk(StrEnum):
    """How much a mistake would cost; decides who may ask and who must agree."""

    READ = "read"
    LOW = "low"
    CHANGE = "change"
    DANGER = "danger"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Fraction = Annotated[float, Field(gt=0, le=1)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class Studio(_Value):
    """Whose production this is, where the bot speaks and which AWS region it reads."""

    name: str
    channel: Annotated[str, Field(pattern=r"^#?[a-z0-9_-]{1,80}$")]
    region: str
    role_arn: str | None = None
    timezone: str = "UTC"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"unknown time zone {value!r}") from error
        return value


class Half(_Value):
    """One colour of a service: its ECS service and its target group, by name."""

    ecs_service: str
    target_group: str


class Flow(_Value):
    """One request that must work for the service to count as working."""

    name: str
    method: str = "GET"
    path: Annotated[str, Field(pattern=r"^/")]
    # `payload`, written `json` in the file: pydantic's own `json` would be shadowed.
    payload: dict[str, Any] | None = Field(default=None, alias="json")
    expect: int = 200


class Service(_Value):
    """A blue/green service behind one load balancer. `key` is its name in commands."""

    key: Name = ""
    title: str
    cluster: str
    load_balancer: str
    url: Annotated[str, Field(pattern=r"^https?://")]
    health_path: str = "/health"
    version_path: str = "/version"
    critical_flows: tuple[Flow, ...] = ()
    log_group: str = ""
    database: str | None = None
    queue: str | None = None
    colours: dict[Colour, Half]

    @field_validator("colours")
    @classmethod
    def _two_colours(cls, value: dict[Colour, Half]) -> dict[Colour, Half]:
        if set(value) != set(Colour):
            raise ValueError("a service needs both colours, blue and green")
        return value

    @property
    def resource(self) -> str:
        """What locks, freezes and runs are held on: `service/<key>`."""
        return f"service/{self.key}"


class Database(_Value):
    """An RDS instance; `key` is its identifier."""

    key: str = ""
    title: str = ""


class Queue(_Value):
    """An SQS queue; `key` is its name."""

    key: str = ""
    dead_letter: str | None = None
    depth_warning: int = 50


class Group(_Value):
    """An Auto Scaling group of workers."""

    key: str = ""
    title: str = ""
    autoscaling_group: str
    queue: str | None = None


class Bucket(_Value):
    """A bucket and its copy in the other region."""

    name: str
    replica: str | None = None


class Thresholds(_Value):
    """What makes a closed minute bad (runbook, *When to Rollback*)."""

    error_rate: Fraction = 0.05
    p95_seconds: Seconds = 0.5
    unhealthy_targets: Fraction = 0.5
    minimum_requests: Annotated[int, Field(ge=0)] = 20


class Metrics(_Value):
    """How CloudWatch is read."""

    period_seconds: int = 60
    lag_seconds: Annotated[float, Field(ge=0, le=3600)] = 180
    history_minutes: Annotated[int, Field(ge=1, le=180)] = 10

    @field_validator("period_seconds")
    @classmethod
    def _period(cls, value: int) -> int:
        if value not in (1, 5, 10, 30) and (value < 60 or value % 60):
            raise ValueError("CloudWatch periods are 1, 5, 10, 30 or a multiple of 60 seconds")
        return value


class Rollback(_Value):
    """The watch after traffic has moved back."""

    watch_minutes: Annotated[int, Field(ge=1, le=60)] = 3
    give_up_seconds: Annotated[float, Field(gt=0, le=7200)] = 900


class Person(_Value):
    """Somebody who uses or is paged by FilmOps."""

    key: str = ""
    name: str
    slack: Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,20}$")]
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]


class Role(_Value):
    """A set of people, and of members of Slack user groups."""

    people: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class RiskRule(_Value):
    """Who may ask for operations of a risk, who may approve them, how many must."""

    request: tuple[str, ...]
    approve: tuple[str, ...] = ()
    approvals: Annotated[int, Field(ge=0, le=5)] = 0
    expires_seconds: Seconds = 900
    remind_seconds: Seconds = 300

    @model_validator(mode="after")
    def _coherent(self) -> RiskRule:
        if self.approvals and not self.approve:
            raise ValueError("approvals are asked for and no role may give them")
        if self.remind_seconds >= self.expires_seconds:
            raise ValueError("remind_seconds must be shorter than expires_seconds")
        return self


class Level(_Value):
    """One rung of the escalation ladder."""

    name: str
    after_minutes: Annotated[float, Field(ge=0)]
    pagerduty_service: str


class Escalation(_Value):
    """The ladder: who is paged, how long after the alert (runbook, *Escalation Path*)."""

    levels: Annotated[tuple[Level, ...], Field(min_length=1)]

    @field_validator("levels")
    @classmethod
    def _rising(cls, value: tuple[Level, ...]) -> tuple[Level, ...]:
        waits = [level.after_minutes for level in value]
        if waits != sorted(set(waits)):
            raise ValueError("after_minutes must rise from level to level")
        return value


class Topology(_Value):
    """The whole file."""

    studio: Studio
    clusters: dict[str, str]
    services: Annotated[dict[Name, Service], Field(min_length=1)]
    databases: dict[str, Database] = {}
    queues: dict[str, Queue] = {}
    groups: dict[str, Group] = {}
    buckets: dict[str, Bucket] = {}
    thresholds: Thresholds = Thresholds()
    metrics: Metrics = Metrics()
    rollback: Rollback = Rollback()
    people: dict[str, Person]
    roles: dict[str, Role]
    risks: dict[Risk, RiskRule]
    escalation: Escalation

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, data: Any) -> Any:
        """Give each named table its own name, so that a value can be passed alone."""
        if not isinstance(data, dict):
            return data
        named = dict(data)
        for section in ("services", "databases", "queues", "groups", "people"):
            tables = named.get(section)
            if isinstance(tables, dict):
                named[section] = {
                    key: {"key": key, **table} if isinstance(table, dict) else table
                    for key, table in tables.items()
                }
        return named

    @model_validator(mode="after")
    def _references(self) -> Topology:
        mistakes = [*self._unknown_names(), *self._impossible_rules(), *self._impossible_timing()]
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return self

    def _unknown_names(self) -> list[str]:
        mistakes: list[str] = []

        def known(where: str, name: str | None, names: dict[str, Any]) -> None:
            if name is not None and name not in names:
                mistakes.append(f"{where} names {name!r}, which the file does not define")

        for key, service in self.services.items():
            known(f"services.{key}.cluster", service.cluster, self.clusters)
            known(f"services.{key}.database", service.database, self.databases)
            known(f"services.{key}.queue", service.queue, self.queues)
        for key, group in self.groups.items():
            known(f"groups.{key}.queue", group.queue, self.queues)
        for key, role in self.roles.items():
            for person in role.people:
                known(f"roles.{key}.people", person, self.people)
        for risk, rule in self.risks.items():
            for role_name in (*rule.request, *rule.approve):
                known(f"risks.{risk}", role_name, self.roles)
        return mistakes

    def _impossible_rules(self) -> list[str]:
        mistakes = [
            f"risks.{risk} is missing: say who may ask for it"
            for risk in set(Risk) - set(self.risks)
        ]
        slack_ids = [person.slack for person in self.people.values()]
        if len(slack_ids) != len(set(slack_ids)):
            mistakes.append("two people share one Slack id: nobody could be their second person")
        for risk, rule in self.risks.items():
            roles = [self.roles[name] for name in rule.approve if name in self.roles]
            people = {person for role in roles for person in role.people}
            if len(people) < rule.approvals and not any(role.groups for role in roles):
                mistakes.append(
                    f"risks.{risk} asks for {rule.approvals} approvals and only "
                    f"{len(people)} people may give one"
                )
        return mistakes

    def _impossible_timing(self) -> list[str]:
        needed = (
            self.rollback.watch_minutes + 1
        ) * self.metrics.period_seconds + self.metrics.lag_seconds
        if self.rollback.give_up_seconds < needed:
            given = self.rollback.give_up_seconds
            return [f"rollback.give_up_seconds is {given:g}: the watch and the lag need {needed:g}"]
        return []

    def roles_of(self, slack_user: str) -> frozenset[str]:
        """The roles a Slack user holds by the file alone (user groups are the adapter's)."""
        return frozenset(
            name
            for name, role in self.roles.items()
            if any(self.people[person].slack == slack_user for person in role.people)
        )

    def person(self, slack_user: str) -> Person | None:
        """The person with this Slack id, if the file knows them."""
        return next((p for p in self.people.values() if p.slack == slack_user), None)


def load(path: Path) -> Topology:
    """Read and check the file; raise ConfigurationError with one line per mistake."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigurationError([f"{path}: no such file (FILMOPS_CONFIG names it)"]) from error
    except OSError as error:
        raise ConfigurationError([f"{path}: cannot be read: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError([f"{path}: not TOML: {error}"]) from error
    try:
        return Topology.model_validate(data)
    except ValidationError as error:
        raise ConfigurationError(_lines(path, error)) from error


def _lines(path: Path, error: ValidationError) -> list[str]:
    lines: list[str] = []
    for entry in error.errors():
        where = ".".join(str(part) for part in entry["loc"]) or "the file"
        text = entry["msg"].removeprefix("Value error, ")
        lines.extend(f"{path}: {where}: {part}" for part in text.split("; "))
    return lines
