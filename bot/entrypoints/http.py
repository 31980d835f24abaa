"""The HTTP side: `/slack/events`, and the other addresses it is given.

Everything wrong with a request is refused here, before Bolt: too large (413), no or a stale or
forged signature (401), a body that is not what its type says (400). Bolt gets what is left.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.entrypoints.body import read_body

log = logging.getLogger("filmops.http")


def build_http(
    bolt: AsyncApp | None,
    *,
    signing_secret: str | None,
    routes: Sequence[Route],
) -> Starlette:
    """The ASGI app. `routes` are the addresses that are not Slack's."""
    handler = AsyncSlackRequestHandler(bolt) if bolt is not None else None
    verifier = SignatureVerifier(signing_secret) if signing_secret else None

    async def events(request: Request) -> Response:
        if handler is None or verifier is None:
            return PlainTextResponse("HTTP is off: SLACK_SIGNING_SECRET is not set", 503)
        body = await read_body(request)
        if body is None:
            return PlainTextResponse("the body is too large", 413)
        if not _genuine(verifier, request, body):
            return PlainTextResponse("the signature is missing, stale or wrong", 401)
        if not _readable(request, body):
            return PlainTextResponse("the body is not what its content type says", 400)
        return await handler.handle(request)

    return Starlette(routes=[Route("/slack/events", events, methods=["POST"]), *routes])


def _genuine(verifier: SignatureVerifier, request: Request, body: bytes) -> bool:
    """Signed by Slack within 300 s. A time that is not a number would be a 500 in Bolt."""
    stamp = request.headers.get("X-Slack-Request-Timestamp", "")
    signature = request.headers.get("X-Slack-Signature", "")
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12 or not signature:
        return False
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return verifier.is_valid(body=text, timestamp=stamp, signature=signature)


def _readable(request: Request, body: bytes) -> bool:
    """JSON is an object; a form has a command or a payload that is a JSON object."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    try:
        if kind == "application/json":
            return isinstance(json.loads(body), dict)
        form = parse_qs(body.decode(), strict_parsing=True, max_num_fields=100)
        if "payload" in form:
            return _whole(json.loads(form["payload"][0]))
    except (ValueError, RecursionError):
        return False
    return "command" in form or "ssl_check" in form


def _whole(payload: Any) -> bool:
    """An object whose parts are objects; of a click, with the click in it. Bolt takes both for
    granted and would answer 500.
    """
    if not isinstance(payload, dict):
        return False
    parts = [payload.get(name) for name in ("user", "team", "view", "channel", "container")]
    if not all(part is None or isinstance(part, dict) for part in parts):
        return False
    actions = payload.get("actions")
    return payload.get("type") != "block_actions" or (
        isinstance(actions, list)
        and bool(actions)
        and isinstance(actions[0], dict)
        and isinstance(actions[0].get("action_id"), str)
    )
