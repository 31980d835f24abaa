"""REST API v2, as far as FilmOps uses it or soon will.

Authorised by `sandbox.pagerduty.server`; a change needs `From:` with a known user's address.
Lists are paged by limit and offset (25 unless asked, 100 at most) with `more`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from aiohttp import web

from sandbox.pagerduty import shapes
from sandbox.pagerduty.account import Account
from sandbox.pagerduty.answers import json_object, part, problem, unknown_requester
from sandbox.pagerduty.values import Incident, User

ABILITIES = ["sso", "teams", "urgencies", "advanced_reports", "event_rules"]


class Rest:
    """The REST API of one account; the token's own user is the first of the file."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[web.RouteDef]:
        """What it answers."""
        return [
            web.get("/users/me", self.me),
            web.get("/users", self.users),
            web.get("/services", self.services),
            web.get("/services/{id}", self.service),
            web.get("/escalation_policies", self.policies),
            web.get("/oncalls", self.oncalls),
            web.get("/abilities", self.abilities),
            web.get("/incidents", self.incidents),
            web.put("/incidents", self.change_several),
            web.get("/incidents/{id}", self.incident),
            web.put("/incidents/{id}", self.change),
            web.get("/incidents/{id}/alerts", self.alerts),
            web.get("/incidents/{id}/notes", self.notes),
            web.post("/incidents/{id}/notes", self.annotate),
        ]

    # --- who and what there is -----------------------------------------------------------

    async def me(self, request: web.Request) -> web.Response:
        """The token's user."""
        return web.json_response({"user": shapes.user(self._account.users[0])})

    async def users(self, request: web.Request) -> web.Response:
        """Users, by name or address with `query`."""
        query = request.query.get("query", "").lower()
        found = [u for u in self._account.users if query in f"{u.name} {u.email}".lower()]
        return part(request, "users", found, shapes.user)

    async def services(self, request: web.Request) -> web.Response:
        """Services, by name with `query`."""
        query = request.query.get("query", "").lower()
        found = [level for level in self._account.levels if query in level.name.lower()]
        return part(request, "services", found, shapes.service)

    async def service(self, request: web.Request) -> web.Response:
        """One service."""
        wanted = request.match_info["id"]
        for level in self._account.levels:
            if level.service_id == wanted:
                return web.json_response({"service": shapes.service(level)})
        return problem(404, 2100, "Not Found")

    async def policies(self, request: web.Request) -> web.Response:
        """Escalation policies."""
        return part(request, "escalation_policies", self._account.levels, shapes.policy)

    async def oncalls(self, request: web.Request) -> web.Response:
        """Who is on call now, for all or the given escalation policies."""
        wanted = request.query.getall("escalation_policy_ids[]", [])
        levels = [x for x in self._account.levels if not wanted or x.policy_id in wanted]
        in_full = "users" in request.query.getall("include[]", [])
        found = [shapes.oncall(level, in_full=in_full) for level in levels if level.on_call]
        return part(request, "oncalls", found)

    async def abilities(self, request: web.Request) -> web.Response:
        """What the account's plan allows."""
        return web.json_response({"abilities": ABILITIES})

    # --- incidents -----------------------------------------------------------------------

    async def incidents(self, request: web.Request) -> web.Response:
        """Incidents by status, service and key. An empty key lists everything."""
        statuses = request.query.getall("statuses[]", [])
        services = request.query.getall("service_ids[]", [])
        found = [
            incident
            for incident in self._candidates(request.query.get("incident_key", ""), statuses)
            if (not statuses or incident.status in statuses)
            and (not services or incident.level.service_id in services)
        ]
        field, _, way = request.query.get("sort_by", "incident_number:asc").partition(":")
        if field in ("incident_number", "created_at") and way == "desc":
            found.reverse()
        in_full = "acknowledgers" in request.query.getall("include[]", [])
        shape = partial(shapes.incident, acknowledgers=in_full)
        return part(request, "incidents", found, shape)

    def _candidates(self, key: str, statuses: list[str]) -> Iterable[Incident]:
        """As few as have to be looked at."""
        book = self._account.book
        if key:
            return book.with_key(key)
        if statuses and "resolved" not in statuses:
            return book.open.values()
        return book.all.values()

    async def incident(self, request: web.Request) -> web.Response:
        """One incident."""
        incident = self._find(request)
        if incident is None:
            return problem(404, 2100, "Not Found")
        return web.json_response({"incident": shapes.incident(incident)})

    async def alerts(self, request: web.Request) -> web.Response:
        """An incident's alerts: where the `dedup_key` is."""
        incident = self._find(request)
        if incident is None:
            return problem(404, 2100, "Not Found")
        return part(request, "alerts", shapes.alerts(incident))

    async def notes(self, request: web.Request) -> web.Response:
        """An incident's notes."""
        incident = self._find(request)
        if incident is None:
            return problem(404, 2100, "Not Found")
        return web.json_response({"notes": [shapes.note(note) for note in incident.notes]})

    async def annotate(self, request: web.Request) -> web.Response:
        """Add a note."""
        incident, user = self._find(request), self._from(request)
        if incident is None:
            return problem(404, 2100, "Not Found")
        if user is None:
            return unknown_requester()
        body = await json_object(request)
        given = body.get("note") if body else None
        content = given.get("content") if isinstance(given, dict) else None
        if not isinstance(content, str) or not content.strip():
            return problem(400, 2001, "Invalid Input Provided", "Content cannot be empty.")
        if len(incident.notes) >= 2000:
            return problem(400, 2001, "Invalid Input Provided", "Too many notes.")
        note = self._account.annotate(incident, user, content)
        return web.json_response({"note": shapes.note(note)}, status=201)

    async def change(self, request: web.Request) -> web.Response:
        """Change one incident's status."""
        incident, user = self._find(request), self._from(request)
        if incident is None:
            return problem(404, 2100, "Not Found")
        body = await json_object(request)
        wanted = body.get("incident") if body else None
        answer = self._apply(incident, wanted, user)
        return answer or web.json_response({"incident": shapes.incident(incident)})

    async def change_several(self, request: web.Request) -> web.Response:
        """Change several incidents' status, each in turn."""
        user, body = self._from(request), await json_object(request)
        wanted = body.get("incidents") if body else None
        if not isinstance(wanted, list):
            return problem(400, 2001, "Invalid Input Provided", "Incidents is missing.")
        changed: list[dict[str, Any]] = []
        for one in wanted:
            incident = self._account.book.all.get(str(one.get("id")))
            if incident is None:
                return problem(404, 2100, "Not Found")
            answer = self._apply(incident, one, user)
            if answer is not None:
                return answer
            changed.append(shapes.incident(incident))
        return web.json_response({"incidents": changed})

    def _apply(self, incident: Incident, wanted: Any, user: User | None) -> web.Response | None:
        if user is None:
            return unknown_requester()
        moves = {
            "acknowledged": self._account.acknowledge,
            "resolved": self._account.resolve,
            "triggered": self._account.retrigger,
        }
        status = wanted.get("status") if isinstance(wanted, dict) else None
        if status not in moves:
            return problem(400, 2001, "Invalid Input Provided", "Status is invalid.")
        moves[status](incident, user)
        return None

    def _find(self, request: web.Request) -> Incident | None:
        return self._account.book.all.get(request.match_info["id"])

    def _from(self, request: web.Request) -> User | None:
        return self._account.user(request.headers.get("From"))
