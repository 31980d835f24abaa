"""The twin of `bot.adapters.pagerduty`: a PagerDuty of a few lines.

It merges a repeated key while the page is open, opens a new incident afterwards, and takes a
page that rings nobody without a word, as the real one does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.adapters.memory.pager_incidents import MemoryIncidents
from bot.adapters.pagerduty import check_key, shortened
from bot.domain.live import OpenIncident
from bot.domain.pager import OnCall, PagerIncident, PagerStatus, Told
from bot.errors import ConfigurationError, FilmOpsError, OperationFailed
from bot.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPage:
    """One accepted page; `rang` is None when it was merged or nobody was on call."""

    key: str
    level: int
    summary: str
    detail: Mapping[str, str]
    rang: str | None


class MemoryPager:
    """See `bot.ports.Pager`. `on_call` has a name, or None, for each level from the first.

    `emails` are the addresses of those PagerDuty knows, by name. `failing` fails every call,
    `stuck` the pages of a level; `notes` are those left on incidents, as (key, text).
    """

    def __init__(
        self,
        clock: Clock,
        *,
        services: Sequence[str],
        on_call: Sequence[str | None],
        emails: Mapping[str, str] | None = None,
    ) -> None:
        self._services = tuple(services)
        self._emails = dict(emails or {})
        self._incidents = MemoryIncidents(clock)
        self.rota: list[str | None] = list(on_call)
        self.pages: list[MemoryPage] = []
        self.notes: list[tuple[str, str]] = []
        self.failing: FilmOpsError | None = None
        self.stuck: dict[int, FilmOpsError] = {}

    async def page(self, *, key: str, level: int, summary: str, detail: Mapping[str, str]) -> None:
        """Take the page. Raises what `failing` or `stuck` holds, or as the real one does."""
        check_key(key)
        self._up()
        self._event(level)
        person = self.rota[level - 1]
        merged = self._incidents.open_with(level, key) is not None
        if person is not None and not merged:
            self._incidents.open(
                key=key,
                level=level,
                title=shortened(summary),
                service=self._services[level - 1],
                person=person,
            )
        self.pages.append(
            MemoryPage(
                key=key,
                level=level,
                summary=shortened(summary),
                detail=dict(detail),
                rang=None if merged else person,
            )
        )

    async def incidents(self) -> tuple[OpenIncident, ...]:
        """Open incidents, newest first."""
        self._up()
        return tuple(one.as_open() for one in reversed(self._incidents.all_open()))

    async def find(self, key: str) -> PagerIncident | None:
        """The newest incident with that key."""
        check_key(key)
        self._up()
        found = self._incidents.newest_with(key)
        return found.as_paged() if found else None

    async def acknowledge(self, key: str, *, level: int, by_email: str, note: str) -> Told:
        """Acknowledge what still rings."""
        return self._tell(key, PagerStatus.ACKNOWLEDGED, level, by_email, note)

    async def resolve(self, key: str, *, level: int, by_email: str, note: str) -> Told:
        """Resolve what is open."""
        return self._tell(key, PagerStatus.RESOLVED, level, by_email, note)

    async def on_call(self) -> Mapping[int, tuple[OnCall, ...]]:
        """Who is on call, all of them on the first rung."""
        self._up()
        return {
            number: (OnCall(name=name, email=self._emails.get(name, ""), rung=1),) if name else ()
            for number, name in enumerate(self.rota, start=1)
        }

    async def keys(self, incident_id: str) -> tuple[str, ...]:
        """The one key of an incident."""
        self._up()
        found = self._incidents.by_id(incident_id)
        if found is None:
            raise OperationFailed("PagerDuty refused (404): Not Found", code="404")
        return (found.key,)

    async def sweep(self) -> tuple[PagerIncident, ...]:
        """All that is open."""
        self._up()
        return tuple(one.as_paged() for one in self._incidents.all_open())

    # --- what happens behind it ----------------------------------------------------------

    def picked_up(self, key: str, person: str) -> None:
        """What a person does on the phone: the incident becomes theirs."""
        self._incidents.rung(key).move(
            PagerStatus.ACKNOWLEDGED, person, self._emails.get(person, person)
        )

    def put_down(self, key: str) -> None:
        """What PagerDuty's acknowledgement timeout does: it rings again."""
        self._incidents.rung(key).move(PagerStatus.TRIGGERED)

    def closed(self, key: str) -> None:
        """The page is over; the next one with this key rings again."""
        self._incidents.rung(key).move(PagerStatus.RESOLVED)

    def _tell(self, key: str, wanted: PagerStatus, level: int, by_email: str, note: str) -> Told:
        check_key(key)
        self._up()
        found = self._incidents.newest_with(key)
        if found is None:
            return Told.NOT_FOUND
        if found.status in (PagerStatus.RESOLVED, wanted):
            return Told.ALREADY
        person = next((n for n, email in self._emails.items() if email == by_email), None)
        if person is not None:
            found.move(wanted, person, by_email)
            return Told.DONE
        self._event(level)
        found.move(wanted)
        if note:
            self.notes.append((key, note))
        return Told.DONE

    def _up(self) -> None:
        if self.failing is not None:
            raise self.failing

    def _event(self, level: int) -> None:
        if not 1 <= level <= len(self._services):
            name = f"PAGERDUTY_ROUTING_KEY_L{level}"
            raise ConfigurationError([f"{name} is not set: level {level} cannot be paged"])
        if level in self.stuck:
            raise self.stuck[level]
