"""`/webhooks/pagerduty`: PagerDuty's V3 webhooks, signed with a secret we share.

The signature has no time in it: what keeps a replay from acting twice is the event's id.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.domain.pager_event import UNREADABLE
from bot.entrypoints.body import read_body
from bot.entrypoints.webhooks.taking import TOO_LARGE, taken
from bot.ports import Clock, Hook, Hooks

log = logging.getLogger("filmops.webhooks")

OFF = "PagerDuty's webhooks are off: PAGERDUTY_WEBHOOK_SECRET is not set"
_ID = re.compile(r"[!-~]{1,200}")


class PagerDutyHooks:
    """Takes the events of a subscription; `secrets` are several while they are changed."""

    def __init__(self, hooks: Hooks, clock: Clock, *, secrets: Sequence[str]) -> None:
        self._hooks = hooks
        self._clock = clock
        self._secrets = tuple(secret.encode() for secret in secrets)

    async def answer(self, request: Request) -> Response:
        """Carry out one request."""
        if not self._secrets:
            log.warning(OFF)
            return PlainTextResponse(OFF, 503)
        body = await read_body(request)
        if body is None:
            return PlainTextResponse(TOO_LARGE, 413)
        if not self._signed(body, request.headers.getlist("X-PagerDuty-Signature")):
            log.warning("a webhook at /webhooks/pagerduty has no signature of PagerDuty's")
            return PlainTextResponse("the signature is missing or wrong", 403)
        return await taken(self._hooks, self._clock, _hook(body))

    def _signed(self, body: bytes, headers: Sequence[str]) -> bool:
        """Whether any signature is that of any secret; all are compared, whichever fits."""
        given = [part.strip() for header in headers for part in header.split(",")]
        digests = [_digest(part) for part in given]
        expected = [hmac.digest(secret, body, hashlib.sha256) for secret in self._secrets]
        fits = [hmac.compare_digest(one, other) for one in expected for other in digests]
        return any(fits)


def _digest(part: str) -> bytes:
    version, _, digits = part.partition("=")
    try:
        return bytes.fromhex(digits) if version == "v1" else b""
    except ValueError:
        return b""


def _hook(body: bytes) -> Hook:
    """Its event's id; of a body without one its own hash, so that it is kept and kept once."""
    payload = _json_object(body)
    event = payload.get("event")
    given = event.get("id") if isinstance(event, dict) else None
    if isinstance(given, str) and _ID.fullmatch(given):
        return Hook(id=given, source="pagerduty", payload=payload)
    if not payload:
        log.warning("a webhook that PagerDuty signed is not a JSON object (%d bytes)", len(body))
        payload = {UNREADABLE: body.decode("utf-8", "replace")}
    return Hook(
        id=f"sha256:{hashlib.sha256(body).hexdigest()}", source="pagerduty", payload=payload
    )


def _json_object(body: bytes) -> dict[str, Any]:
    """Empty for all that could not be written down again as JSON: no JSON, Infinity, too deep."""
    try:
        found = json.loads(body)
        json.dumps(found, allow_nan=False)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
