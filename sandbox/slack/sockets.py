"""Socket Mode: connections of the bot, and envelopes with their acknowledgements.

Before: `apps.connections.open` hands out a ticket. After: `dispatch` sends envelopes; each goes to
one connection at random, as Slack does it.
"""

from __future__ import annotations

import asyncio
import json
import random
from secrets import token_hex
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.slack.values import APP_ID, Json

MOST_CONNECTIONS = 10
PING_SECONDS = 20.0


class Sockets:
    """The open connections and who waits for which acknowledgement."""

    def __init__(self) -> None:
        self._tickets: set[str] = set()
        self._links: dict[web.WebSocketResponse, web.Request] = {}
        self._waiting: dict[str, asyncio.Future[Any]] = {}

    @property
    def count(self) -> int:
        """How many connections are open."""
        return len(self._links)

    def new_ticket(self) -> str:
        """Good for one connection."""
        ticket = token_hex(12)
        self._tickets.add(ticket)
        return ticket

    async def link(self, request: web.Request) -> web.StreamResponse:
        """One connection, from hello to close."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets or self.count >= MOST_CONNECTIONS:
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=403)
        self._tickets.discard(ticket)
        link = web.WebSocketResponse(heartbeat=PING_SECONDS, max_msg_size=16_000_000)
        await link.prepare(request)
        self._links[link] = request
        try:
            await link.send_json(_hello(self.count))
            async for message in link:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(message.data)
        finally:
            self._links.pop(link, None)
        return link

    def _acknowledged(self, text: str) -> None:
        try:
            data = json.loads(text)
        except json.JSONDecodeError:
            return
        future = self._waiting.get(str(data.get("envelope_id")))
        if future is not None and not future.done():
            future.set_result(data.get("payload"))

    async def send(self, envelope: Json, seconds: float) -> Any:
        """Send and wait for the acknowledgement; its payload.

        Raises ConnectionError without a connection, TimeoutError without an acknowledgement.
        """
        if not self._links:
            raise ConnectionError("no socket is connected")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = future
        try:
            await random.choice(list(self._links)).send_json(envelope)
            return await asyncio.wait_for(future, seconds)
        finally:
            del self._waiting[envelope["envelope_id"]]

    async def disconnect(self, reason: str, *, abrupt: bool) -> int:
        """Part from all: told and closed, or (`abrupt`) just gone. How many there were."""
        links = dict(self._links)
        self._links.clear()
        for link, request in links.items():
            if abrupt and request.transport is not None:
                request.transport.abort()
            elif not abrupt:
                await link.send_json({"type": "disconnect", "reason": reason, "debug_info": _DEBUG})
                await link.close()
        return len(links)


_DEBUG = {"host": "applink-sandbox", "build_number": 1, "approximate_connection_time": 18_060}


def _hello(count: int) -> Json:
    return {
        "type": "hello",
        "num_connections": count,
        "connection_info": {"app_id": APP_ID},
        "debug_info": _DEBUG,
    }
