"""Signed HTTP: how payloads reach a bot that has no socket open.

Before: `dispatch` chooses it. After: one POST as Slack makes it, signed with the signing secret
over the exact bytes sent (docs.slack.dev/authentication/verifying-requests-from-slack).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp

from sandbox.slack.values import Json

FORM = "application/x-www-form-urlencoded"


class HttpDelivery:
    """The bot's request URL and the secret both sides know."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._secret = secret

    async def send(self, kind: str, payload: Json, retry: tuple[int, str], seconds: float) -> Any:
        """POST it; what the body of the answer says, or None.

        Raises TimeoutError, ConnectionError (also for any status but 200).
        """
        body, content_type = encode(kind, payload)
        headers = {**sign(self._secret, body), "Content-Type": content_type}
        if retry[0]:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        limit = aiohttp.ClientTimeout(total=seconds)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                session.post(self._url, data=body, headers=headers) as answer,
            ):
                text = await answer.text()
                if answer.status != 200:
                    raise ConnectionError(f"the bot answered {answer.status}")
        except aiohttp.ClientError as error:
            raise ConnectionError(str(error)) from error
        return _read(text)


def encode(kind: str, payload: Json) -> tuple[bytes, str]:
    """The body and its content type, per kind of payload."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(fields).encode(), FORM


def sign(secret: str, body: bytes) -> dict[str, str]:
    """The two headers that prove who sent it, and when."""
    now = str(int(time.time()))
    mac = hmac.new(secret.encode(), b"v0:" + now.encode() + b":" + body, hashlib.sha256)
    return {
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": f"v0={mac.hexdigest()}",
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    }


def _read(text: str) -> Any:
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return {"text": text}
