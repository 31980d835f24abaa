"""What tests may look up afterwards: `/_control/ledger`, `calls` and `incidents`.

`ledger?action=trigger` has the accepted pages alone: key, level, `received` (seconds since 1970),
whom it rang (`paged`, null for nobody) or that it was merged.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox.pagerduty import shapes
from sandbox.pagerduty.account import Account


class Records:
    """The records of one account; `calls` are written by `sandbox.pagerduty.server`."""

    def __init__(self, account: Account, calls: list[dict[str, Any]]) -> None:
        self._account = account
        self._calls = calls

    def routes(self) -> list[web.RouteDef]:
        """What it answers."""
        return [
            web.get("/_control/ledger", self.ledger),
            web.get("/_control/calls", self.calls),
            web.get("/_control/incidents", self.incidents),
        ]

    async def ledger(self, request: web.Request) -> web.Response:
        """Every accepted event (or those of one action), oldest first, and whom it rang."""
        action = request.query.get("action")
        lines = [
            {**asdict(page), "at": page.at.isoformat()}
            for page in self._account.ledger
            if action in (None, page.action)
        ]
        return web.json_response(lines)

    async def calls(self, request: web.Request) -> web.Response:
        """Every call of the two APIs, oldest first, without credentials."""
        return web.json_response(self._calls)

    async def incidents(self, request: web.Request) -> web.Response:
        """All incidents with their keys and notes, oldest first."""
        found = [
            {
                **shapes.incident(incident),
                "dedup_key": incident.dedup_key,
                "level": incident.level.number,
                "triggers": incident.triggers,
                "details": incident.details,
                "notes": [note.content for note in incident.notes],
            }
            for incident in self._account.book.all.values()
        ]
        return web.json_response(found)
