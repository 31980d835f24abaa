"""One application for all faces, and the two doors in front of it: records and faults, then keys.

`sandbox.pagerduty.__main__` serves it on TLS (the bot's address) and on plain HTTP (people and
tests: the page and the controls).
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.topology import Topology
from sandbox.faults import Fault, Faults
from sandbox.pagerduty.account import Account
from sandbox.pagerduty.answers import problem
from sandbox.pagerduty.control import Control
from sandbox.pagerduty.door import Door
from sandbox.pagerduty.events import RECEIVED, Events
from sandbox.pagerduty.page import PeoplesPage
from sandbox.pagerduty.records import Records
from sandbox.pagerduty.rest import Rest
from sandbox.pagerduty.values import now
from sandbox.pagerduty.webhooks import Webhooks

ENQUEUE = "/v2/enqueue"


class Server:
    """The local PagerDuty as an aiohttp application."""

    def __init__(self, topology: Topology, *, token: str, per_minute: int) -> None:
        self.webhooks = Webhooks()
        self.door = Door()
        self.account = Account(topology, self.webhooks.tell)
        self._token = token
        self._faults = Faults()
        self._calls: list[dict[str, Any]] = []
        self.application = web.Application(
            middlewares=[self._record_and_fail, self._authorise], client_max_size=2**20
        )
        self.application.add_routes(
            [
                web.post(ENQUEUE, Events(self.account, per_minute=per_minute).enqueue),
                *Rest(self.account).routes(),
                *Control(
                    self.account, self.webhooks, self._faults, self._calls, self.door
                ).routes(),
                *Records(self.account, self._calls).routes(),
                *PeoplesPage(self.account).routes(),
            ]
        )
        self.application.on_cleanup.append(self._close)

    @web.middleware
    async def _record_and_fail(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not _is_api(request):
            return await handler(request)
        request[RECEIVED] = time.time()
        call = _name(request)
        entry: dict[str, Any] = {
            "at": now().isoformat(),
            "call": call,
            "path": request.path_qs,
            "from": request.headers.get("From"),
            "connection": _peer(request),
            "body": await _body(request),
            "status": None,
        }
        self._calls.append(entry)
        fault = self._faults.take(call, *self._with_level(call, entry["body"]))
        response = await self._answer(fault, request, handler)
        entry["status"] = response.status if response is not None else None
        if response is None:
            return _cut(request)
        return response

    async def _answer(
        self, fault: Fault | None, request: web.Request, handler: Handler
    ) -> web.StreamResponse | None:
        """The answer, or None when the connection is to be cut."""
        if fault is None:
            return await handler(request)
        if fault.kind == "refuse":
            return None
        if fault.kind == "status":
            body = {"error": {"message": fault.code, "code": fault.status}}
            return web.json_response(body, status=fault.status, headers=fault.headers)
        await asyncio.sleep(fault.seconds)
        response = await handler(request)
        return None if fault.kind == "drop" else response

    def _with_level(self, call: str, body: Any) -> list[str]:
        """An event's call also goes by its level: `POST /v2/enqueue L1`."""
        key = body.get("routing_key") if isinstance(body, dict) else None
        level = self.account.level_of(str(key)) if key else None
        return [f"{call} L{level.number}"] if level else []

    @web.middleware
    async def _authorise(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        wanted = f"Token token={self._token}"
        if (
            _is_api(request)
            and request.path != ENQUEUE
            and request.headers.get("Authorization") != wanted
        ):
            return problem(401, 2006, "Unauthorized")
        return await handler(request)

    async def _close(self, _: web.Application) -> None:
        await self.webhooks.close()


def _peer(request: web.Request) -> str:
    """The caller's end of the connection: the same for calls that share one."""
    name = request.get_extra_info("peername")
    return f"{name[0]}:{name[1]}" if name else ""


def _is_api(request: web.Request) -> bool:
    return request.path != "/" and not request.path.startswith("/_")


def _name(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical if resource else request.path}"


async def _body(request: web.Request) -> Any:
    raw = await request.read()
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return raw.decode(errors="replace")


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
