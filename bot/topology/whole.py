"""All tables together, and what must fit between them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from bot.topology.alerts import Alerts
from bot.topology.backup import Backup
from bot.topology.databases import Database
from bot.topology.deploying import Deploying, Watching
from bot.topology.escalation import Escalation
from bot.topology.freezes import PlannedFreeze, impossible_freezes
from bot.topology.names import Name, Risk, Value
from bot.topology.people import Person, RiskRule, Role
from bot.topology.production import (
    Bucket,
    Group,
    Metrics,
    Queue,
    Rollback,
    Service,
    Studio,
    Thresholds,
)
from bot.topology.scaling import ScalingTimes
from bot.topology.statuspage import Statuspage
from bot.topology.timing import impossible_timing


class Topology(Value):
    """The whole file."""

    studio: Studio
    clusters: dict[str, str]
    services: Annotated[dict[Name, Service], Field(min_length=1)]
    databases: dict[str, Database] = Field(default_factory=dict)
    queues: dict[str, Queue] = Field(default_factory=dict)
    groups: dict[str, Group] = Field(default_factory=dict)
    buckets: dict[str, Bucket] = Field(default_factory=dict)
    thresholds: Thresholds = Thresholds()
    metrics: Metrics = Metrics()
    rollback: Rollback = Rollback()
    deploy: Deploying = Deploying()
    watch: Watching = Watching()
    backup: Backup = Backup()
    scaling: ScalingTimes = ScalingTimes()
    freezes: tuple[PlannedFreeze, ...] = ()
    alerts: Alerts = Alerts()
    people: dict[str, Person]
    roles: dict[str, Role]
    risks: dict[Risk, RiskRule]
    escalation: Escalation
    statuspage: Statuspage = Statuspage()

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, data: Any) -> Any:
        """Give each named table its own name, so that a value can be passed alone."""
        if not isinstance(data, dict):
            return data
        named = dict(data)
        for section in ("services", "databases", "queues", "groups", "buckets", "people"):
            tables = named.get(section)
            if isinstance(tables, dict):
                named[section] = {
                    key: {"key": key, **table} if isinstance(table, dict) else table
                    for key, table in tables.items()
                }
        return named

    @model_validator(mode="after")
    def _references(self) -> Topology:
        mistakes = [
            *self._unknown_names(),
            *self._unknown_components(),
            *self._impossible_rules(),
            *impossible_freezes(self.freezes, self.services, ZoneInfo(self.studio.timezone)),
            *impossible_timing(
                metrics=self.metrics, rollback=self.rollback, deploy=self.deploy, watch=self.watch
            ),
        ]
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return self

    def _unknown_names(self) -> list[str]:
        return [
            f"{where} names {name!r}, which the file does not define"
            for where, name, names in self._names()
            if name is not None and name not in names
        ]

    def _names(self) -> Iterator[tuple[str, str | None, Collection[str]]]:
        """Where a name stands, the name, and what it may be."""
        for key, service in self.services.items():
            yield f"services.{key}.cluster", service.cluster, self.clusters
            yield f"services.{key}.database", service.database, self.databases
            yield f"services.{key}.queue", service.queue, self.queues
            staging = service.deploy.staging if service.deploy is not None else None
            yield f"services.{key}.deploy.staging", staging, self.services
        yield from self._applications()
        for key, group in self.groups.items():
            yield f"groups.{key}.queue", group.queue, self.queues
        for key, alarm in self.alerts.alarms.items():
            yield f"alerts.alarms.{key}.service", alarm.service or None, self.services
        for freeze in self.freezes:
            for name in freeze.services:
                yield f"freezes: {freeze.name!r}", name, self.services
        for key, role in self.roles.items():
            for person in role.people:
                yield f"roles.{key}.people", person, self.people
        for risk, rule in self.risks.items():
            for role_name in (*rule.request, *rule.approve):
                yield f"risks.{risk}", role_name, self.roles

    def _applications(self) -> Iterator[tuple[str, str | None, Collection[str]]]:
        for key, database in self.databases.items():
            service = database.application.service if database.application else None
            yield f"databases.{key}.application.service", service, self.services

    def _unknown_components(self) -> list[str]:
        return [
            f"statuspage.components names {key!r}, which the file does not define"
            for key in self.statuspage.components
            if key not in self.services
        ]

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
