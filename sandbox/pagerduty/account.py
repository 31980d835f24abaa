"""The account: incidents and what may happen to them.

Every change is told to `listener` as (event type, incident, agent) in the order it happened;
`sandbox.pagerduty.webhooks` posts them. The HTTP faces are `events`, `rest`, `control`, `page`.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from bot.topology import Topology
from sandbox.pagerduty.book import Book
from sandbox.pagerduty.values import Incident, Level, Note, Page, User, now, seed

Listener = Callable[[str, Incident, User | None], None]


class Account:
    """All state of the local PagerDuty."""

    def __init__(self, topology: Topology, listener: Listener) -> None:
        self._topology = topology
        self._listener = listener
        self.page = ""  # where people look, and
        self.api = ""  # where programs do: known once the server listens
        self.reset()

    def reset(self) -> None:
        """As new: nobody paged, the topology's people on call."""
        self.users, self.levels = seed(self._topology)
        self.book = Book()
        self.ledger: list[Page] = []
        self.recent: dict[str, deque[float]] = defaultdict(deque)  # events taken, by routing key
        self._last = 0

    # --- looking up ----------------------------------------------------------------------

    def level_of(self, routing_key: str) -> Level | None:
        """The level an integration key belongs to."""
        return next((level for level in self.levels if level.routing_key == routing_key), None)

    def user(self, email: str | None) -> User | None:
        """The user with that address."""
        wanted = (email or "").strip().lower()
        return next((user for user in self.users if user.email.lower() == wanted), None)

    # --- events --------------------------------------------------------------------------

    def event(
        self,
        level: Level,
        action: str,
        dedup_key: str,
        payload: dict[str, Any],
        *,
        received: float,
    ) -> None:
        """Act on one accepted event; what nobody hears of is written in the ledger alone."""
        incident = self.book.open_with(level, dedup_key)
        merged = incident is not None
        if action == "trigger":
            incident = self._trigger(level, dedup_key, payload, incident)
        elif incident is not None and action == "acknowledge":
            self.acknowledge(incident, None)
        elif incident is not None:
            self.book.ended(incident, level, dedup_key)
            if incident.ended.issuperset(incident.keys):
                self.resolve(incident, None)
        rings = action == "trigger" and not merged and incident is not None
        self.ledger.append(
            Page(
                at=now(),
                received=received,
                level=level.number,
                routing_key=level.routing_key,
                action=action,
                dedup_key=dedup_key,
                summary=str(payload.get("summary", "")),
                incident=incident.id if incident else None,
                paged=level.on_call.email if rings and level.on_call else None,
                merged=merged and action == "trigger",
            )
        )

    def _trigger(
        self, level: Level, dedup_key: str, payload: dict[str, Any], incident: Incident | None
    ) -> Incident | None:
        if incident is not None:
            incident.triggers += 1
            return incident
        if level.on_call is None or level.maintenance:
            return None  # 202 and yet nobody is paged
        self._last += 1
        at = now()
        details = payload.get("custom_details")
        id_ = f"Q{self._last:013d}"
        incident = Incident(
            id=id_,
            number=self._last,
            level=level,
            title=str(payload["summary"]),
            dedup_key=dedup_key,
            created_at=at,
            changed_at=at,
            severity=str(payload["severity"]),
            source=str(payload["source"]),
            details=details if isinstance(details, dict) else {"details": details},
            assignees=[level.on_call],
            html_url=f"{self.page}#{id_}",
            self_url=f"{self.api}/incidents/{id_}",
        )
        self.book.add(incident)
        self._listener("incident.triggered", incident, None)
        return incident

    # --- what people and REST calls do ---------------------------------------------------

    def acknowledge(self, incident: Incident, user: User | None) -> None:
        """Acknowledge: it becomes the acknowledger's. **A resolved incident is reopened by it.**"""
        if incident.status == "acknowledged" and (user is None or user in incident.acknowledgers):
            return
        if incident.status == "resolved":
            self._move(incident, "triggered", user, "incident.reopened")
        if user is not None:
            if incident.assignees != [user]:
                incident.assignees = [user]
                self._listener("incident.reassigned", incident, user)
            incident.acknowledgers.append(user)
        self._move(incident, "acknowledged", user, "incident.acknowledged")

    def resolve(self, incident: Incident, user: User | None) -> None:
        """Resolve; the next event with its key opens a new incident."""
        if incident.status != "resolved":
            incident.assignees = []
            self._move(incident, "resolved", user, "incident.resolved")

    def unacknowledge(self, incident: Incident, user: User | None) -> None:
        """What an acknowledgement timeout does: it rings again."""
        if incident.status == "acknowledged":
            self._move(incident, "triggered", user, "incident.unacknowledged")

    def retrigger(self, incident: Incident, user: User | None) -> None:
        """A PUT of `triggered`: resolved is reopened, acknowledged is un-acknowledged."""
        if incident.status == "resolved":
            on_call = incident.level.on_call
            incident.assignees = [on_call] if on_call else []
            self._move(incident, "triggered", user, "incident.reopened")
        else:
            self.unacknowledge(incident, user)

    def merge(self, source: Incident, target: Incident, user: User | None) -> None:
        """Merge an open incident into another: resolved, though no person resolved it."""
        source.assignees = []
        self.book.moved(source, target)
        self._move(source, "resolved", user, "incident.resolved")

    def annotate(self, incident: Incident, user: User, content: str) -> Note:
        """Add a note."""
        note = Note(
            id=f"{incident.id}N{len(incident.notes) + 1}", user=user, content=content, at=now()
        )
        incident.notes.append(note)
        self._listener("incident.annotated", incident, user)
        return note

    def _move(self, incident: Incident, status: str, user: User | None, event: str) -> None:
        was_open = incident.open
        incident.status = status
        incident.changed_at = now()
        incident.changed_by = user
        if status != "acknowledged":
            incident.acknowledgers = []
        if status == "resolved":
            self.book.closed(incident)
        elif not was_open:
            self.book.opened(incident)
        self._listener(event, incident, user)
