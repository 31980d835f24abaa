"""From Slack's payloads to deliveries, written down.

Before it: Bolt (bot.entrypoints.slack). After it: the acknowledgement, and a worker that claims
the delivery from the inbox. One statement to the database is all that happens here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.ports import Clock, Delivery, Inbox

MOST = 10_000
"""Characters of a field that are kept; dispatch refuses long commands with their length."""


class Intake:
    """Takes deliveries. `team` is our workspace; anybody else's people are marked as guests."""

    def __init__(self, inbox: Inbox, clock: Clock, *, team: str) -> None:
        self._inbox = inbox
        self._clock = clock
        self._team = team

    async def take(self, delivery: Delivery) -> None:
        """Write it down; the same one again does nothing. Raises Temporary."""
        guest = delivery.payload.get("team") != self._team
        marked = replace(delivery, payload={**delivery.payload, "guest": guest})
        await self._inbox.take(marked, self._clock.now())


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
            "value": str(shown.get("private_metadata", ""))[:MOST],
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
    """A modal's inputs by action id, as text: `{"rollback.service": "backend"}`; of checkboxes what
    is ticked, a line each.
    """
    found: dict[str, str] = {}
    blocks = state.get("values") if isinstance(state, dict) else None
    for inputs in blocks.values() if isinstance(blocks, dict) else ():
        for action_id, element in inputs.items() if isinstance(inputs, dict) else ():
            if not isinstance(element, dict):
                continue
            value = _value(element)
            if isinstance(value, str):
                found[str(action_id)] = value[:MOST]
    return found


def _value(element: Mapping[str, Any]) -> Any:
    ticked, chosen = element.get("selected_options"), element.get("selected_option")
    if isinstance(ticked, list):
        return "\n".join(str(one.get("value", "")) for one in ticked if isinstance(one, dict))
    return chosen.get("value") if isinstance(chosen, dict) else element.get("value")
