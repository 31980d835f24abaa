"""How REST v2 answers whatever was asked: errors, and lists in parts of limit and offset."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from aiohttp import web

T = TypeVar("T")


def problem(status: int, code: int, message: str, *errors: str) -> web.Response:
    """An error as REST v2 writes it."""
    body = {"error": {"message": message, "code": code, "errors": list(errors)}}
    return web.json_response(body, status=status)


def unknown_requester() -> web.Response:
    """The refusal of a change whose `From:` names nobody."""
    return problem(400, 1008, "Requester User Not Found")


async def json_object(request: web.Request) -> dict[str, Any] | None:
    """The body, if it is a JSON object."""
    try:
        body = json.loads(await request.read())
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def part(
    request: web.Request,
    name: str,
    items: Sequence[T],
    shape: Callable[[T], Any] = lambda item: item,
) -> web.Response:
    """The part of a list that was asked for; only that part is shaped."""
    try:
        limit = min(100, max(1, int(request.query.get("limit", "25"))))
        offset = max(0, int(request.query.get("offset", "0")))
    except ValueError:
        return problem(400, 2001, "Invalid Input Provided", "Limit or offset is not a number.")
    body = {
        name: [shape(item) for item in items[offset : offset + limit]],
        "limit": limit,
        "offset": offset,
        "more": offset + limit < len(items),
        "total": len(items) if request.query.get("total") == "true" else None,
    }
    return web.json_response(body)
