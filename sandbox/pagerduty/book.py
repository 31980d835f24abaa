"""All incidents, and where to find them: by id, by key, by level and key while open.

Of `sandbox.pagerduty.account`, which says what may happen to them. Looking up costs the same
however many there are: benchmarks page by the thousand.
"""

from __future__ import annotations

from collections import defaultdict

from sandbox.pagerduty.values import Incident, Level


class Book:
    """`all` and `open` are by id, oldest first."""

    def __init__(self) -> None:
        self.all: dict[str, Incident] = {}
        self.open: dict[str, Incident] = {}
        self._of_key: dict[str, list[Incident]] = defaultdict(list)
        self._open_of: dict[tuple[int, str], Incident] = {}

    def with_key(self, dedup_key: str) -> list[Incident]:
        """All that hold an alert with that key, oldest first."""
        return self._of_key.get(dedup_key, [])

    def open_with(self, level: Level, dedup_key: str) -> Incident | None:
        """The open incident an event with this key belongs to."""
        return self._open_of.get((level.number, dedup_key))

    def add(self, incident: Incident) -> None:
        """A new one, open."""
        self.all[incident.id] = incident
        self._of_key[incident.dedup_key].append(incident)
        self.opened(incident)

    def opened(self, incident: Incident) -> None:
        """It is open, perhaps again."""
        self.open[incident.id] = incident
        for key in incident.keys:
            self._open_of.setdefault((incident.level.number, key), incident)

    def closed(self, incident: Incident) -> None:
        """It is resolved: its keys are free."""
        self.open.pop(incident.id, None)
        for place in [(incident.level.number, key) for key in incident.keys]:
            if self._open_of.get(place) is incident:
                del self._open_of[place]

    def moved(self, source: Incident, target: Incident) -> None:
        """The source's alerts are the target's from now on."""
        self.closed(source)
        for key in source.keys:
            holders = self._of_key[key]
            holders[holders.index(source)] = target
            holders.sort(key=lambda incident: incident.number)
            target.absorbed.append(key)
        source.merged_into = target
        self.opened(target)
