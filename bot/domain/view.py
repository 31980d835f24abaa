"""What a card or a page is drawn from: values gathered by the engine, drawn by `blocks`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.afterwards import BOXES
from bot.domain.checklist import Box, Tick, open_boxes
from bot.domain.climb import next_page
from bot.domain.incident import Escalation, Happening, Incident, Page
from bot.domain.live import (
    DatabaseState,
    GroupState,
    Missing,
    OpenIncident,
    QueueState,
    ServiceState,
)
from bot.domain.lock import Lock
from bot.domain.reasons import Obstacle
from bot.domain.request import Request
from bot.domain.run import ChangeLogEntry, Run
from bot.topology import Ladder, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """Everything a request's card shows. `approvers` are role names that may approve, `ticks` who
    has ticked which box of the plan's.
    """

    request: Request
    run: Run | None
    approvers: tuple[str, ...]
    now: datetime
    ticks: tuple[Tick, ...] = ()

    @property
    def open_boxes(self) -> tuple[Box, ...]:
        """The boxes nobody has ticked."""
        return open_boxes(self.request.plan.boxes, self.ticks)


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterView:
    """What is left to do after a run that moved its service back. `incident` is the one it was the
    answer to, `engineering` the channel that is told, if there is one, `asked` whoever is asked for
    the root cause (a Slack id; "" when no person had to do with it).
    """

    request: Request
    run: Run
    ticks: tuple[Tick, ...]
    incident: Incident | None
    engineering: str
    asked: str

    @property
    def left(self) -> tuple[Box, ...]:
        """The boxes nobody has ticked."""
        return open_boxes(BOXES, self.ticks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a command would need and what is in its way (`/filmops why`, and before a request)."""

    summary: str
    needed: int
    approvers: tuple[str, ...]
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView:
    """The answer to `/filmops status`: each part read or Missing, none hiding another.

    `incidents` are those open in PagerDuty that are not of `ours`.
    """

    services: tuple[tuple[Service, ServiceState], ...]
    databases: Mapping[str, DatabaseState | Missing]
    queues: Mapping[str, QueueState | Missing]
    groups: Mapping[str, GroupState | Missing]
    runs: tuple[Run, ...] | Missing
    waiting: tuple[Request, ...] | Missing
    locks: tuple[Lock, ...] | Missing
    incidents: tuple[OpenIncident, ...] | Missing
    ours: tuple[Incident, ...] | Missing
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeView:
    """A person's Home tab; empty for somebody who may not even read.

    `incidents` are those open in PagerDuty that are not of `ours`.
    """

    user: str
    may_read: bool
    may_act: bool
    may_change: bool
    to_approve: tuple[Request, ...]
    mine: tuple[Request, ...]
    runs: tuple[Run, ...]
    incidents: tuple[OpenIncident, ...] | Missing
    ours: tuple[Incident, ...]
    services: tuple[str, ...]
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentLine:
    """An incident in a list, and the page that is sent next if nobody answers."""

    incident: Incident
    next_page: Page | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    """Everything an incident's card shows. `levels` are the levels' names, the first first;
    `timeline` its lines in order. `changes`, `runs` and `requests` are of its service: what changed
    since `looked_back`, what is under way, what waits for approval.
    """

    incident: Incident
    escalations: tuple[Escalation, ...]
    timeline: tuple[Happening, ...]
    levels: tuple[str, ...]
    ladder: Ladder
    known_service: bool
    looked_back: datetime
    changes: tuple[ChangeLogEntry, ...]
    runs: tuple[Run, ...]
    requests: tuple[Request, ...]
    now: datetime

    @property
    def next_page(self) -> Page | None:
        """The page that is sent next if nobody answers."""
        return next_page(self.escalations)
