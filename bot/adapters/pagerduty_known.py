"""Which pages are in which incident, remembered.

PagerDuty lists incidents without their keys; each would cost a call of its own at every sweep.
The keys of an incident stay while the number of its alerts does, so one call is enough.
"""

from __future__ import annotations

REMEMBERED = 50_000
"""Incidents: three levels of more escalations than are ever open at once."""


class Known:
    """The keys by incident id; the oldest are forgotten first."""

    def __init__(self) -> None:
        self._keys: dict[str, tuple[int, tuple[str, ...]]] = {}

    def learn(self, incident_id: str, alerts: int, keys: tuple[str, ...]) -> None:
        """That an incident with so many alerts has these keys."""
        self._keys.pop(incident_id, None)
        self._keys[incident_id] = (alerts, keys)
        if len(self._keys) > REMEMBERED:
            del self._keys[next(iter(self._keys))]

    def keys(self, incident_id: str, alerts: int) -> tuple[str, ...] | None:
        """Its keys; None when they have to be asked for (again)."""
        counted, keys = self._keys.get(incident_id, (-1, ()))
        return keys if counted == alerts else None
