"""The twin of `bot.adapters.pagerduty`: a PagerDuty of a few lines.

It merges a repeated key while the page is open, opens a new incident afterwards, and takes a
page that rings nobody without a word, as the real one does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.adapters.pagerduty import check_key, shortened
from bot.domain.live import OpenIncident
from bot.errors import ConfigurationError, FilmOpsError
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
    """See `bot.ports.Pager`. `on_call` has a name, or None, for each level from the first."""

    def __init__(
        self, clock: Clock, *, services: Sequence[str], on_call: Sequence[str | None]
    ) -> None:
        self._clock = clock
        self._services = tuple(services)
        self._open: dict[tuple[int, str], OpenIncident] = {}
        self._count = 0
        self.on_call: list[str | None] = list(on_call)
        self.pages: list[MemoryPage] = []
        self.failing: FilmOpsError | None = None

    async def page(self, *, key: str, level: int, summary: str, detail: Mapping[str, str]) -> None:
        """Take the page. Raises what `failing` holds, or as the real one does."""
        check_key(key)
        if self.failing is not None:
            raise self.failing
        if not 1 <= level <= len(self._services):
            name = f"PAGERDUTY_ROUTING_KEY_L{level}"
            raise ConfigurationError([f"{name} is not set: level {level} cannot be paged"])
        person = self.on_call[level - 1]
        merged = (level, key) in self._open
        if person is not None and not merged:
            self._open[level, key] = self._opened(level, shortened(summary), person)
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
        """Open incidents, newest first. Raises what `failing` holds."""
        if self.failing is not None:
            raise self.failing
        return tuple(reversed(self._open.values()))

    def acknowledge(self, key: str, person: str) -> None:
        """What a person does on the phone: the incident becomes theirs."""
        for place, incident in self._open.items():
            if place[1] == key:
                self._open[place] = replace(incident, status="acknowledged", assigned_to=(person,))

    def resolve(self, key: str) -> None:
        """The page is over; the next one with this key rings again."""
        self._open = {place: found for place, found in self._open.items() if place[1] != key}

    def _opened(self, level: int, title: str, person: str) -> OpenIncident:
        self._count += 1
        return OpenIncident(
            id=f"Q{self._count:013d}",
            title=title,
            status="triggered",
            urgency="high",
            service=self._services[level - 1],
            url=f"https://pagerduty.example/incidents/Q{self._count:013d}",
            opened_at=self._clock.now().replace(microsecond=0),
            assigned_to=(person,),
        )
