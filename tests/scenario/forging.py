"""Requests as Slack signs them, and as nobody should send them."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from typing import Any
from urllib.parse import urlencode

import httpx

SECRET = "sandbox-secret"
FORM = "application/x-www-form-urlencoded"
_numbers = itertools.count(1)


def signature(body: bytes, stamp: str, secret: str = SECRET) -> str:
    """`X-Slack-Signature` (docs.slack.dev, verifying requests from Slack)."""
    signed = b"v0:" + stamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


async def post(
    http: httpx.AsyncClient,
    body: bytes,
    *,
    kind: str = FORM,
    stamp: str | None = None,
    signed: str | None = None,
    secret: str = SECRET,
) -> httpx.Response:
    """POST it, rightly signed where nothing else is said."""
    stamp = str(int(time.time())) if stamp is None else stamp
    headers = {
        "Content-Type": kind,
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature(body, stamp, secret) if signed is None else signed,
    }
    return await http.post("/slack/events", content=body, headers=headers)


def command(text: str, *, user: str = "U0ANA", team: str = "T0SANDBOX", **more: str) -> bytes:
    """A slash command's form. Its answer goes to #ops-alerts: there is no response_url."""
    fields = {
        "command": "/filmops",
        "text": text,
        "user_id": user,
        "team_id": team,
        "channel_id": "C0OPSALERTS",
        "trigger_id": f"forged.{next(_numbers)}",
    }
    return urlencode({**fields, **more}).encode()


def click(user: str, button: str, value: str, *, ts: str, team: str = "T0SANDBOX") -> bytes:
    """A click on a message, as interactivity posts it."""
    action = {"type": "button", "block_id": "b", "action_id": button, "value": value}
    payload: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": user, "team_id": team},
        "team": {"id": team},
        "channel": {"id": "C0OPSALERTS"},
        "container": {"type": "message", "message_ts": ts, "channel_id": "C0OPSALERTS"},
        "trigger_id": f"forged.{next(_numbers)}",
        "actions": [{**action, "action_ts": f"{time.time():.6f}"}],
    }
    return urlencode({"payload": json.dumps(payload)}).encode()
