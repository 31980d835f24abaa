"""Incidents: something is wrong, somebody must take it, and until then the ladder is climbed.

One climb of the ladder is an escalation; each level it pages is a page with a key of its own.
What is due when is in `bot.domain.climb`; the store keeps these, the engine moves them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.topology import Severity


class IncidentState(StrEnum):
    """OPEN: nobody has acknowledged it (any more)."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Source(StrEnum):
    """Where an incident came from."""

    HAND = "hand"
    CLOUDWATCH = "cloudwatch"
    PAGERDUTY = "pagerduty"
    FILMOPS = "filmops"
    STORM = "storm"
    DRILL = "drill"


class Why(StrEnum):
    """Why an escalation began, or what an incident waits for (`resume_why`)."""

    OPENED = "opened"
    REPEAT = "repeat"
    SNOOZE = "snooze"
    MAINTENANCE = "maintenance"
    PROMISE = "promise"
    """An acknowledgement's promise: at its end its giver is asked."""
    SILENCE = "silence"
    """Asked and not answered: at its end the ladder is climbed again."""
    UNACKNOWLEDGED = "unacknowledged"
    SEVERITY = "severity"

    @property
    def holds(self) -> bool:
        """Whether an open incident may wait for it instead of being climbed for."""
        return self in (Why.SNOOZE, Why.MAINTENANCE)


class PageState(StrEnum):
    """ARMED waits for its time, WAITING for another try; SENT was accepted, CONFIRMED reached
    somebody, UNCONFIRMED reached nobody that could be seen. SUPERSEDED: a higher level was due as
    well. SKIPPED: nobody is on call there. REFUSED: PagerDuty will never take it from us.
    CANCELLED: not needed any more. GONE: not needed, and it is not known whether it arrived.
    """

    ARMED = "armed"
    SENDING = "sending"
    WAITING = "waiting"
    SENT = "sent"
    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    SUPERSEDED = "superseded"
    SKIPPED = "skipped"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    GONE = "gone"

    @property
    def paged(self) -> bool:
        """Whether PagerDuty has taken it."""
        return self in (PageState.SENT, PageState.CONFIRMED, PageState.UNCONFIRMED)

    @property
    def to_send(self) -> bool:
        """Whether it is still to be sent."""
        return self in (PageState.ARMED, PageState.SENDING, PageState.WAITING)


class Wish(StrEnum):
    """What PagerDuty is to be told of a page that it has (or may have)."""

    NONE = ""
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One level of one escalation. `next_at` is when it is to be sent (or its lease ends),
    `look_at` when PagerDuty is asked whether it reached somebody, `tell_at` when PagerDuty is told
    `wish`; None: not at all. `attempts` counts claims; `unsure`: an earlier one may have arrived.
    """

    key: str
    escalation: str
    incident: int
    level: int
    due_at: datetime
    state: PageState
    attempts: int = 0
    failures: int = 0
    unsure: bool = False
    next_at: datetime | None = None
    first_at: datetime | None = None
    sent_at: datetime | None = None
    look_at: datetime | None = None
    looks: int = 0
    reached: tuple[str, ...] = ()
    wish: Wish = Wish.NONE
    wish_by: str = ""
    tell_at: datetime | None = None
    tellings: int = 0
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """One climb of the ladder; `ended_at` None while it is being climbed or its last level has
    been paged and nobody has answered.
    """

    id: str
    incident: int
    number: int
    why: Why
    began_at: datetime
    ended_at: datetime | None = None
    ended_why: str = ""
    pages: tuple[Page, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One line of an incident's timeline. `kind` is for reports (paged, acknowledged, note, …)."""

    at: datetime
    kind: str
    actor: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """`service` is a key of the topology or "" when it is not known. While it is OPEN and not
    UNOWNED it has a next deadline: a page to be sent, or `resume_at`, which says when `resume_why`
    is over. A child of a storm (`parent`) has its parent's. `owner` is a Slack id or "".
    """

    title: str
    severity: Severity
    source: Source
    fingerprint: str
    opened_at: datetime
    opened_by: str
    service: str = ""
    state: IncidentState = IncidentState.OPEN
    id: int = 0
    alerts: int = 1
    alerted_at: datetime | None = None
    acked_at: datetime | None = None
    acked_by: str = ""
    acked_via: str = ""
    resolved_at: datetime | None = None
    resolved_by: str = ""
    owner: str = ""
    parent: int | None = None
    children: int = 0
    climbs: int = 0
    repeats: int = 0
    resume_at: datetime | None = None
    resume_why: Why | None = None
    resume_note: str = ""
    unowned_at: datetime | None = None

    @property
    def name(self) -> str:
        """How people write it."""
        return f"I{self.id}"

    @property
    def wish(self) -> tuple[Wish, str]:
        """What PagerDuty is to be told of a page that it has of this incident, and by whom."""
        if self.state is IncidentState.ACKNOWLEDGED:
            return Wish.ACKNOWLEDGE, self.acked_by
        if self.state is IncidentState.RESOLVED:
            return Wish.RESOLVE, self.resolved_by
        return Wish.NONE, ""

    @property
    def is_drill(self) -> bool:
        """Whether it only tries the ladder."""
        return self.source is Source.DRILL
