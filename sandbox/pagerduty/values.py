"""The things a PagerDuty account holds, and the account that a topology implies.

`seed` gives one service, routing key (`R-L1`, `R-L2`, …) and escalation policy per level, and
the first person of each role, in the file's order, on call: engineer, lead, CTO.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.topology import Topology


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person with a PagerDuty account."""

    id: str
    name: str
    email: str


@dataclass(slots=True, kw_only=True)
class Level:
    """A service with its one integration, its escalation policy and who is on call for it."""

    number: int
    name: str
    service_id: str
    policy_id: str
    routing_key: str
    on_call: User | None
    maintenance: bool = False


@dataclass(slots=True, kw_only=True)
class Note:
    """A remark on an incident."""

    id: str
    user: User
    content: str
    at: datetime


@dataclass(slots=True, kw_only=True)
class Incident:
    """One incident with its one alert (grouping is off), and those of incidents merged into it.

    Times are aware UTC.
    """

    id: str
    number: int
    level: Level
    title: str
    dedup_key: str
    created_at: datetime
    changed_at: datetime
    severity: str
    source: str
    details: dict[str, object]
    html_url: str
    self_url: str
    status: str = "triggered"
    assignees: list[User] = field(default_factory=list)
    acknowledgers: list[User] = field(default_factory=list)
    changed_by: User | None = None
    triggers: int = 1
    notes: list[Note] = field(default_factory=list)
    absorbed: list[str] = field(default_factory=list)  # keys of incidents merged into it
    ended: set[str] = field(default_factory=set)  # keys whose alert an event has resolved
    merged_into: Incident | None = None

    @property
    def open(self) -> bool:
        """Whether an event with the same key is merged into it."""
        return self.status != "resolved"

    @property
    def keys(self) -> list[str]:
        """The keys of its alerts: none once they went into another incident."""
        return [] if self.merged_into else [self.dedup_key, *self.absorbed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One line of the ledger: an accepted event and whom it rang.

    `received` is when the call came in, in seconds since 1970, before any latency that was
    asked for. `incident` is None when PagerDuty answered 202 and nobody was paged; `merged`
    when it joined an open incident, which rings nobody again.
    """

    at: datetime
    received: float
    level: int
    routing_key: str
    action: str
    dedup_key: str
    summary: str
    incident: str | None
    paged: str | None
    merged: bool


def seed(topology: Topology) -> tuple[list[User], list[Level]]:
    """The users and levels of a new account."""
    users = {
        key: User(id=f"PU{key.upper()}", name=person.name, email=person.email)
        for key, person in topology.people.items()
    }
    firsts = [users[role.people[0]] for role in topology.roles.values() if role.people]
    levels = [
        Level(
            number=number,
            name=level.pagerduty_service,
            service_id=f"PSERVL{number}",
            policy_id=f"PPOLYL{number}",
            routing_key=f"R-L{number}",
            on_call=firsts[min(number, len(firsts)) - 1] if firsts else None,
        )
        for number, level in enumerate(topology.escalation.levels, start=1)
    ]
    return list(users.values()), levels


def now() -> datetime:
    """PagerDuty's own clock."""
    return datetime.now(UTC)
