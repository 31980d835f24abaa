"""The incidents of the pager's twin (`bot.adapters.memory.pager`), by id and by key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.live import OpenIncident
from bot.domain.pager import PagerIncident, PagerStatus
from bot.ports import Clock


@dataclass(slots=True, kw_only=True)
class MemoryIncident:
    """One incident as it is now."""

    id: str
    key: str
    level: int
    title: str
    service: str
    opened_at: datetime
    assigned_to: tuple[str, ...]
    status: PagerStatus = PagerStatus.TRIGGERED
    acknowledged_by: str = ""

    def move(self, status: PagerStatus, person: str | None = None, email: str = "") -> None:
        """Change the status: who acknowledges takes it over, what is resolved is nobody's."""
        self.status = status
        if status is PagerStatus.RESOLVED:
            self.assigned_to = ()
        elif person is not None:
            self.assigned_to = (person,)
        self.acknowledged_by = email if status is PagerStatus.ACKNOWLEDGED else ""

    def as_open(self) -> OpenIncident:
        """For `/filmops status`."""
        return OpenIncident(
            id=self.id,
            title=self.title,
            status=str(self.status),
            urgency="high",
            service=self.service,
            url=self._url,
            opened_at=self.opened_at,
            assigned_to=self.assigned_to,
        )

    def as_paged(self) -> PagerIncident:
        """For the escalations."""
        return PagerIncident(
            id=self.id,
            key=self.key,
            status=self.status,
            service=self.service,
            url=self._url,
            assigned_to=self.assigned_to,
            acknowledged_by=self.acknowledged_by,
        )

    @property
    def _url(self) -> str:
        return f"https://pagerduty.example/incidents/{self.id}"


class MemoryIncidents:
    """All incidents there ever were, oldest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._all: dict[str, MemoryIncident] = {}
        self._newest: dict[str, MemoryIncident] = {}
        self._of_level: dict[tuple[int, str], MemoryIncident] = {}

    def open(self, *, key: str, level: int, title: str, service: str, person: str) -> None:
        """A page rings that person."""
        id_ = f"Q{len(self._all) + 1:013d}"
        incident = MemoryIncident(
            id=id_,
            key=key,
            level=level,
            title=title,
            service=service,
            opened_at=self._clock.now().replace(microsecond=0),
            assigned_to=(person,),
        )
        self._all[id_] = self._newest[key] = self._of_level[level, key] = incident

    def newest_with(self, key: str) -> MemoryIncident | None:
        """The last one with that key."""
        return self._newest.get(key)

    def rung(self, key: str) -> MemoryIncident:
        """The last one with that key, which somebody was rung for. Raises KeyError."""
        return self._newest[key]

    def by_id(self, incident_id: str) -> MemoryIncident | None:
        """That one."""
        return self._all.get(incident_id)

    def open_with(self, level: int, key: str) -> MemoryIncident | None:
        """The open one of that level and key: a repeat is merged into it."""
        last = self._of_level.get((level, key))
        return last if last and last.status is not PagerStatus.RESOLVED else None

    def all_open(self) -> list[MemoryIncident]:
        """Those that are not resolved, oldest first."""
        return [one for one in self._all.values() if one.status is not PagerStatus.RESOLVED]
