"""From Slack's payloads to deliveries, and their serving behind the acknowledgement.

Before it: Bolt (bot.entrypoints.slack). After it: the engine's desk. What is taken is served in
the background, a bounded number at once, so that acknowledging never waits for serving.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from bot.engine.desk import Desk
from bot.ports import Delivery

log = logging.getLogger("filmops.intake")

AT_ONCE = 8
"""Deliveries served at a time: fewer than the pool's connections, so that `take` finds one."""

DRAIN_SECONDS = 20.0

MOST = 10_000
"""Characters of a field that are kept; dispatch refuses long commands with their length."""


class Intake:
    """Takes deliveries and serves them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._serving: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)

    async def take(self, delivery: Delivery) -> None:
        """Write it down and have it served; the same one again does nothing. Raises Temporary."""
        if not await self._desk.take(delivery):
            return
        task = asyncio.create_task(self._serve(delivery), name=f"serve {delivery.key}")
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, delivery: Delivery) -> None:
        async with self._room:
            try:
                await self._desk.serve(delivery)
            except Exception:
                # The database went away before `done`: the sweep serves it again.
                log.exception("delivery %s is left to the sweep", delivery.key)

    async def drain(self) -> None:
        """Let what is being served end; what does not is swept up by another process."""
        if self._serving:
            await asyncio.wait(self._serving, timeout=DRAIN_SECONDS)


def command(body: Mapping[str, Any]) -> Delivery:
    """A slash command; a `trigger_id` is given once, so it tells two deliveries apart."""
    return Delivery(
        key=f"command:{body.get('trigger_id', '')}",
        kind="command",
        payload={
            "user": body.get("user_id", ""),
            "team": body.get("team_id", ""),
            "channel": body.get("channel_id", ""),
            "text": str(body.get("text", ""))[:MOST],
            "response_url": body.get("response_url", ""),
            "trigger_id": body.get("trigger_id", ""),
        },
    )


def click(body: Mapping[str, Any]) -> Delivery:
    """A button. The same person cannot click the same button twice at one `action_ts`."""
    action = _first(body.get("actions"))
    user = _part(body, "user", "id")
    where = _part(body, "container", "message_ts") or _part(body, "container", "view_id")
    name = str(action.get("action_id", ""))[:255]
    return Delivery(
        key=f"action:{action.get('action_ts', '')}:{user}:{where}:{name}",
        kind="action",
        payload={
            "user": user,
            "team": _part(body, "user", "team_id") or _part(body, "team", "id"),
            "channel": _part(body, "channel", "id"),
            "action": name,
            "value": str(action.get("value", ""))[:MOST],
            "response_url": body.get("response_url", ""),
            "trigger_id": body.get("trigger_id", ""),
        },
    )


def submission(body: Mapping[str, Any]) -> Delivery:
    """A modal sent off; its view's id and hash name this very state of it."""
    view = body.get("view")
    shown: Mapping[str, Any] = view if isinstance(view, dict) else {}
    return Delivery(
        key=f"view:{shown.get('id', '')}:{shown.get('hash', '')}",
        kind="view",
        payload={
            "user": _part(body, "user", "id"),
            "team": _part(body, "user", "team_id") or _part(body, "team", "id"),
            "action": str(shown.get("callback_id", "")),
            "values": _values(shown.get("state")),
        },
    )


def home_opened(body: Mapping[str, Any]) -> Delivery:
    """Somebody looks at the Home tab."""
    event = body.get("event")
    shown: Mapping[str, Any] = event if isinstance(event, dict) else {}
    return Delivery(
        key=f"event:{body.get('event_id', '')}",
        kind="event",
        payload={
            "user": shown.get("user", ""),
            "team": body.get("team_id", ""),
            "action": "app_home_opened",
        },
    )


def _first(value: Any) -> Mapping[str, Any]:
    return value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}


def _part(body: Mapping[str, Any], *path: str) -> str:
    value: Any = body
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _values(state: Any) -> dict[str, str]:
    """A modal's inputs by action id, as text: `{"rollback.service": "backend"}`."""
    found: dict[str, str] = {}
    blocks = state.get("values") if isinstance(state, dict) else None
    for inputs in blocks.values() if isinstance(blocks, dict) else ():
        for action_id, element in inputs.items() if isinstance(inputs, dict) else ():
            chosen = element.get("selected_option") if isinstance(element, dict) else None
            value = chosen.get("value") if isinstance(chosen, dict) else element.get("value")
            if isinstance(value, str):
                found[str(action_id)] = value[:MOST]
    return found
