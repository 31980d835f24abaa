"""What is asked of PagerDuty about pages: one by its key, and all that is open.

Behind `bot.adapters.pagerduty` (`find`, `keys`, `sweep`) and before every change, which looks
first (`bot.adapters.pagerduty_tells`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.adapters.pagerduty_api import Api
from bot.adapters.pagerduty_json import Json, alert_count, each, pager_incident
from bot.adapters.pagerduty_known import Known
from bot.adapters.pagerduty_services import Services
from bot.domain.pager import PagerIncident

LOOKUPS = 100
"""Incidents a sweep asks the keys of: of PagerDuty's 960 calls a minute most are left."""


class Reads:
    """Pages by key, keys by incident, everything open."""

    def __init__(self, api: Api, services: Services) -> None:
        self._api = api
        self._services = services
        self._known = Known()

    async def find(self, key: str) -> PagerIncident | None:
        """The newest incident with the (non-empty) key. Raises as `Api.rest`."""
        params: dict[str, Any] = {
            "incident_key": key,
            "date_range": "all",  # without it, what is older than a month is not found
            "include": ["acknowledgers"],
            "sort_by": "incident_number:desc",
        }
        found = await self._api.rest(lambda c: c.rget("incidents", params=params))
        entries = [entry for entry in found if isinstance(entry, dict)]
        if not entries:
            return None
        (incident,) = each(entries[:1], lambda entry: pager_incident(entry, key), "incidents")
        if alert_count(entries[0]) == 1:
            self._known.learn(incident.id, 1, (key,))
        return incident

    async def keys(self, incident_id: str) -> tuple[str, ...]:
        """The keys of an incident's alerts, each once. Raises as `Api.rest`."""
        alerts = await self._api.listed(f"/incidents/{incident_id}/alerts")
        found = each(alerts, lambda alert: str(alert["alert_key"] or ""), "alerts")
        return tuple(dict.fromkeys(filter(None, found)))

    async def sweep(self) -> tuple[PagerIncident, ...]:
        """All that is open, whose keys are known or can be asked for this time."""
        listed = await self._api.listed(
            "incidents",
            statuses=["triggered", "acknowledged"],
            service_ids=list(await self._services.ids()),
            date_range="all",
            include=["acknowledgers"],
        )
        await self._learn(listed)
        return tuple(
            incident
            for entry in listed
            for incident in each(
                ({**entry, "key": key} for key in self._keys_of(entry) or ()),
                lambda given: pager_incident(given, given["key"]),
                "incidents",
            )
        )

    async def _learn(self, listed: Sequence[Json]) -> None:
        """Ask for unknown keys, of the acknowledged first: their news stops somebody's phone."""
        unknown = [entry for entry in listed if self._keys_of(entry) is None]
        unknown.sort(key=lambda entry: entry.get("status") != "acknowledged")
        # One after the other: a hundred answers read at once would hold up the pages.
        for entry in unknown[:LOOKUPS]:
            keys = await self.keys(str(entry["id"]))
            self._known.learn(str(entry["id"]), alert_count(entry), keys)

    def _keys_of(self, entry: Json) -> tuple[str, ...] | None:
        if entry.get("incident_key"):  # an incident without alerts has its key itself
            return (str(entry["incident_key"]),)
        return self._known.keys(str(entry.get("id")), alert_count(entry))
