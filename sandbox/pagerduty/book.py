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
        self._held: dict[str, set[tuple[int, str]]] = defaultdict(set)

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
        """It is open, perhaps again, with all its alerts."""
        self.open[incident.id] = incident
        incident.ended.clear()
        for key in incident.keys:
            self._hold(incident, incident.level, key)

    def closed(self, incident: Incident) -> None:
        """It is resolved: its keys are free."""
        self.open.pop(incident.id, None)
        for place in self._held.pop(incident.id, ()):
            del self._open_of[place]

    def ended(self, incident: Incident, level: Level, dedup_key: str) -> None:
        """One of its alerts is resolved: that key is free."""
        incident.ended.add(dedup_key)
        self._held[incident.id].discard((level.number, dedup_key))
        del self._open_of[level.number, dedup_key]

    def moved(self, source: Incident, target: Incident) -> None:
        """The source's alerts are the target's from now on."""
        self.closed(source)
        for key in source.keys:
            holders = self._of_key[key]
            holders[holders.index(source)] = target
            holders.sort(key=lambda incident: incident.number)
            target.absorbed.append(key)
            self._hold(target, source.level, key)
        source.merged_into = target

    def _hold(self, incident: Incident, level: Level, key: str) -> None:
        if self._open_of.setdefault((level.number, key), incident) is incident:
            self._held[incident.id].add((level.number, key))
