"""`Pager` on PagerDuty: page a level through Events v2, list what is open.

One service and one routing key a level; the key `esc:{escalation}:L{n}` makes a repeat harmless
while the page is open. The errors are those of `bot.adapters.pagerduty_api`; what calls it (the
escalations' outbox, `/filmops status`) decides what to do about them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.adapters.pagerduty_api import Api
from bot.domain.live import OpenIncident
from bot.errors import OperationFailed

SUMMARY_CHARACTERS = 1024
KEY_CHARACTERS = 255
SOURCE = "filmops"


class PagerDutyPager:
    """See `bot.ports.Pager`. `services` are the levels' service names, as the topology has them."""

    def __init__(self, api: Api, *, services: Sequence[str]) -> None:
        self._api = api
        self._services = tuple(services)
        self._ids: tuple[str, ...] = ()

    async def page(self, *, key: str, level: int, summary: str, detail: Mapping[str, str]) -> None:
        """Trigger the level; PagerDuty accepting it does not mean that anybody was rung.

        Raises Temporary (send again with the same key), ConfigurationError (this level cannot
        be paged as it is set up), OperationFailed (this very page will never be taken).
        """
        check_key(key)
        payload = {
            "summary": shortened(summary),
            "source": SOURCE,
            "severity": "critical",  # anything else may be a low-urgency, silent page
            "custom_details": dict(detail),
        }
        await self._api.event(level, "trigger", key=key, payload=payload)

    async def incidents(self) -> tuple[OpenIncident, ...]:
        """Open incidents of the levels' services, newest first.

        Raises Temporary, ConfigurationError (no or a bad token), OperationFailed (the token
        sees none of the services: an empty filter would list the whole account).
        """
        ids = await self._service_ids()
        found = await self._api.listed(
            "incidents",
            statuses=["triggered", "acknowledged"],
            service_ids=list(ids),
            sort_by="created_at:desc",
        )
        try:
            incidents = [_incident(entry) for entry in found]
        except (KeyError, TypeError, ValueError) as error:
            raise OperationFailed(
                "PagerDuty's list of incidents could not be read", code="unreadable"
            ) from error
        return tuple(sorted(incidents, key=lambda incident: incident.opened_at, reverse=True))

    async def _service_ids(self) -> tuple[str, ...]:
        if not self._ids:
            listed = await self._api.listed("services")
            ids = tuple(str(s["id"]) for s in listed if s.get("name") in self._services)
            if len(ids) < len(set(self._services)):
                names = {str(s.get("name")) for s in listed}
                missing = ", ".join(sorted(set(self._services) - names))
                raise OperationFailed(
                    f"PagerDuty has no service named {missing}",
                    code="not_found",
                    hint="correct `pagerduty_service` in filmops.toml",
                )
            self._ids = ids
        return self._ids


def shortened(summary: str) -> str:
    """At most the characters PagerDuty takes, and never nothing."""
    text = summary.strip() or "FilmOps page"
    return text if len(text) <= SUMMARY_CHARACTERS else f"{text[: SUMMARY_CHARACTERS - 1]}…"


def check_key(key: str) -> None:
    """Raises OperationFailed for a key that PagerDuty would refuse or replace by its own."""
    if not 0 < len(key) <= KEY_CHARACTERS:
        raise OperationFailed(
            f"a page's key has 1 to {KEY_CHARACTERS} characters, this one {len(key)}",
            code="bad_key",
        )


def _incident(entry: Mapping[str, Any]) -> OpenIncident:
    return OpenIncident(
        id=str(entry["id"]),
        title=str(entry["title"]),
        status=str(entry["status"]),
        urgency=str(entry["urgency"]),
        service=str(entry["service"]["summary"]),
        url=str(entry["html_url"]),
        opened_at=datetime.fromisoformat(entry["created_at"]),
        assigned_to=tuple(str(a["assignee"]["summary"]) for a in entry.get("assignments") or ()),
    )
