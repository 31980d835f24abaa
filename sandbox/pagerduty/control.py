"""What tests and people may do to the local PagerDuty: `/_control/…`.

    GET|POST|DELETE faults     GET ledger | calls | incidents (`sandbox.pagerduty.records`)
    POST ack | resolve | unack | reopen {"incident" or "dedup_key", "user": e-mail or absent}
    POST merge {"incident" or "dedup_key", "into": the other's key, "user": as above}
    POST oncall {"level", "email" or null}     POST maintenance {"level", "on"}
    POST listen {"on"}: false refuses connections to the APIs, as when PagerDuty is gone
    GET|POST|DELETE webhooks {"url", "secrets": []}     POST reset

`sandbox.pagerduty.server` records `calls` and honours the faults; a fault may also match a call
with its level: `POST /v2/enqueue L1`.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox.faults import Faults
from sandbox.pagerduty import shapes
from sandbox.pagerduty.account import Account
from sandbox.pagerduty.door import Door
from sandbox.pagerduty.values import Incident, Level, User
from sandbox.pagerduty.webhooks import Subscription, Webhooks

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Control:
    """The controls of one account."""

    def __init__(
        self,
        account: Account,
        webhooks: Webhooks,
        faults: Faults,
        calls: list[dict[str, Any]],
        door: Door,
    ) -> None:
        self._account = account
        self._webhooks = webhooks
        self._faults = faults
        self._calls = calls
        self._door = door

    def routes(self) -> list[web.RouteDef]:
        """What it answers."""
        table: list[tuple[str, str, Handler]] = [
            ("GET", "faults", self.faults),
            ("POST", "faults", self.arm),
            ("DELETE", "faults", self.disarm),
            ("POST", "{move:ack|resolve|unack|reopen}", self.move),
            ("POST", "merge", self.merge),
            ("POST", "listen", self.listen),
            ("POST", "oncall", self.oncall),
            ("POST", "maintenance", self.maintenance),
            ("GET", "webhooks", self.webhooks),
            ("POST", "webhooks", self.subscribe),
            ("DELETE", "webhooks", self.unsubscribe),
            ("POST", "reset", self.reset),
        ]
        return [web.route(method, f"/_control/{path}", h) for method, path, h in table]

    # --- faults -------------------------------------------------------------------------

    async def faults(self, request: web.Request) -> web.Response:
        """The armed faults."""
        return web.json_response(self._faults.listing())

    async def arm(self, request: web.Request) -> web.Response:
        """Arm one."""
        try:
            fault = self._faults.arm(await request.json())
        except (TypeError, ValueError) as error:
            raise _bad(str(error)) from error
        return web.json_response(asdict(fault), status=201)

    async def disarm(self, request: web.Request) -> web.Response:
        """Disarm all."""
        self._faults.clear()
        return web.json_response([])

    # --- people --------------------------------------------------------------------------

    async def move(self, request: web.Request) -> web.Response:
        """Do what a person does on the phone; without a user nobody is named."""
        body = await _object(request)
        incident, user = self._incident(body), self._user(body.get("user"))
        moves = {
            "ack": self._account.acknowledge,
            "resolve": self._account.resolve,
            "unack": self._account.unacknowledge,
            "reopen": self._account.retrigger,
        }
        moves[request.match_info["move"]](incident, user)
        return web.json_response(shapes.incident(incident))

    async def merge(self, request: web.Request) -> web.Response:
        """Merge an incident into another, as a person does on the website."""
        body = await _object(request)
        source = self._incident(body)
        target = self._incident({"dedup_key": body.get("into")})
        if source is target or not (source.open and target.open):
            raise _bad("an open incident merges into another open one")
        self._account.merge(source, target, self._user(body.get("user")))
        return web.json_response(shapes.incident(source))

    async def listen(self, request: web.Request) -> web.Response:
        """Refuse connections to the APIs from now on, or take them again on the same port."""
        on = bool((await _object(request)).get("on", True))
        await (self._door.open() if on else self._door.close())
        return web.json_response({"on": on})

    async def oncall(self, request: web.Request) -> web.Response:
        """Put somebody on call for a level, or nobody."""
        body = await _object(request)
        level, email = self._level(body), body.get("email")
        level.on_call = self._user(email)
        return web.json_response({"level": level.number, "email": email})

    async def maintenance(self, request: web.Request) -> web.Response:
        """Start or end a maintenance window: events are accepted and nobody is paged."""
        body = await _object(request)
        level = self._level(body)
        level.maintenance = bool(body.get("on", True))
        return web.json_response({"level": level.number, "on": level.maintenance})

    # --- webhooks ------------------------------------------------------------------------

    async def webhooks(self, request: web.Request) -> web.Response:
        """Subscriptions, and deliveries with the exact bytes and headers (to send them again)."""
        return web.json_response(self._webhooks.listing())

    async def subscribe(self, request: web.Request) -> web.Response:
        """Add a subscription."""
        body = await _object(request)
        if not body.get("url") or not body.get("secrets"):
            raise _bad("url and secrets are needed")
        self._webhooks.subscriptions.append(
            Subscription(url=str(body["url"]), secrets=tuple(map(str, body["secrets"])))
        )
        return web.json_response(self._webhooks.listing()["subscriptions"], status=201)

    async def unsubscribe(self, request: web.Request) -> web.Response:
        """Remove all subscriptions."""
        self._webhooks.subscriptions.clear()
        return web.json_response([])

    async def reset(self, request: web.Request) -> web.Response:
        """As new and listening; the subscriptions stay and are enabled again."""
        await self._door.open()
        self._account.reset()
        self._faults.clear()
        self._calls.clear()
        self._webhooks.forget()
        for subscription in self._webhooks.subscriptions:
            subscription.enabled, subscription.refused = True, 0
        return web.json_response({})

    def _incident(self, body: dict[str, Any]) -> Incident:
        book = self._account.book
        if body.get("dedup_key"):
            incident = next(reversed(book.with_key(str(body["dedup_key"]))), None)
        else:
            incident = book.all.get(str(body.get("incident")))
        if incident is None:
            raise _bad("no such incident")
        return incident

    def _user(self, email: Any) -> User | None:
        user = self._account.user(email)
        if email and user is None:
            raise _bad(f"nobody has the address {email!r}")
        return user

    def _level(self, body: dict[str, Any]) -> Level:
        for level in self._account.levels:
            if level.number == body.get("level"):
                return level
        raise _bad(f"levels are 1 to {len(self._account.levels)}")


async def _object(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError as error:
        raise _bad("not JSON") from error
    if not isinstance(body, dict):
        raise _bad("not an object")
    return body


def _bad(reason: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": reason}), content_type="application/json")
