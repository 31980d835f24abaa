"""Events API v2: `POST /v2/enqueue`.

Refuses what PagerDuty refuses (400 with a list of errors, 429 above 120 a minute and key),
then hands the event to the account and answers 202, whether or not anybody is paged.
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from aiohttp import web

from sandbox.pagerduty.account import Account

ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "error", "warning", "info")
PAYLOAD_BYTES = 512 * 1024
RECEIVED = "received"
"""Where the server writes down when a call came in."""


class Events:
    """The Events API of one account; `per_minute` 0 means without limit."""

    def __init__(self, account: Account, *, per_minute: int) -> None:
        self._account = account
        self._per_minute = per_minute

    async def enqueue(self, request: web.Request) -> web.Response:
        """Take one event."""
        raw = await request.read()
        if len(raw) > PAYLOAD_BYTES:
            return web.json_response({"status": "invalid event"}, status=413)
        try:
            event = json.loads(raw)
        except ValueError:
            return _invalid(["Request body is not JSON"])
        if not isinstance(event, dict):
            return _invalid(["Request body is not an object"])
        errors = _errors(event)
        level = self._account.level_of(str(event.get("routing_key")))
        if level is None:
            errors.insert(0, "Invalid routing key")
        if errors or level is None:
            return _invalid(errors)
        if self._too_many(level.routing_key):
            body = {"status": "throttle exceeded", "message": "Rate limit reached"}
            return web.json_response(body, status=429, headers={"ratelimit-reset": "30"})
        key = event.get("dedup_key") or uuid.uuid4().hex
        self._account.event(
            level,
            event["event_action"],
            key,
            event.get("payload") or {},
            received=request[RECEIVED],
        )
        body = {"status": "success", "message": "Event processed", "dedup_key": key}
        return web.json_response(body, status=202)

    def _too_many(self, routing_key: str) -> bool:
        recent, present = self._account.recent[routing_key], time.monotonic()
        while recent and recent[0] < present - 60:
            recent.popleft()
        if self._per_minute and len(recent) >= self._per_minute:
            return True
        recent.append(present)
        return False


def _invalid(errors: list[str]) -> web.Response:
    body = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
    return web.json_response(body, status=400)


def _errors(event: dict[str, Any]) -> list[str]:
    errors: list[str] = []
    action, key = event.get("event_action"), event.get("dedup_key")
    if action not in ACTIONS:
        errors.append("'event_action' must be one of trigger, acknowledge, resolve")
    if key is not None and not isinstance(key, str):
        errors.append("'dedup_key' must be a string")
    elif key is not None and len(key) > 255:
        errors.append("Length of 'dedup_key' is longer than 255 characters")
    elif not key and action != "trigger":
        errors.append("'dedup_key' is missing or blank")
    if action == "trigger":
        errors += _payload_errors(event.get("payload"))
    return errors


def _payload_errors(payload: Any) -> list[str]:
    if not isinstance(payload, dict):
        return ["'payload' is missing"]
    errors = [
        f"'payload.{name}' is missing or blank"
        for name in ("summary", "source", "severity")
        if not isinstance(payload.get(name), str) or not payload[name].strip()
    ]
    if len(str(payload.get("summary", ""))) > 1024:
        errors.append("Length of 'payload.summary' is longer than 1024 characters")
    if payload.get("severity") and payload["severity"] not in SEVERITIES:
        errors.append(
            "'payload.severity' is invalid (must be one of critical, warning, error, info)"
        )
    return errors
