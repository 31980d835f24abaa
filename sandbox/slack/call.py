"""One call of the Web API: its arguments as Slack reads them, and what a method is.

Before: `web_api` has read a request. After: `methods_*` implement methods on it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web

from blocks.validate import problems, view_problems
from sandbox.slack.limits import Rate
from sandbox.slack.values import ApiError, Json
from sandbox.slack.workspace import Workspace
from sandbox.slack.world import World

TEXT_MOST = 40_000
VIEW_MOST = 250_000  # bytes of JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The arguments of one call and the world it acts on."""

    world: World
    args: Json

    @property
    def workspace(self) -> Workspace:
        """What is read and changed."""
        return self.world.workspace

    def text(self, name: str, default: str | None = None) -> str:
        """A string argument. Raises ApiError invalid_arguments when it is missing."""
        value = self.args.get(name)
        if value is None or value == "":
            if default is None:
                raise missing(name)
            return default
        return str(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A yes or no, in any of the ways a form writes it."""
        value = self.args.get(name, default)
        return value if isinstance(value, bool) else str(value).lower() in ("1", "true")

    def integer(self, name: str, default: int) -> int:
        """A whole number. Raises ApiError invalid_arguments."""
        try:
            return int(self.args.get(name, default))
        except (TypeError, ValueError):
            raise ApiError("invalid_arguments") from None

    def json(self, name: str) -> Any:
        """A structured argument: JSON in a string (forms) or the thing itself; None if absent."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        if value == "":
            return None
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            name = "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
            raise ApiError(name) from None


Handler = Callable[[Call], Awaitable[Json]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """What a Web API method asks for, and what it does."""

    handler: Handler
    rate: Rate
    scope: str | None = None
    token: Literal["bot", "app", "none"] = "bot"
    per_channel: bool = False


def missing(name: str) -> ApiError:
    """An argument that must be there and is not."""
    words = f"[ERROR] missing required field: {name}"
    return ApiError("invalid_arguments", response_metadata={"messages": [words]})


def checked_blocks(blocks: Any) -> list[Json]:
    """Blocks of a message. Raises ApiError invalid_blocks with Slack's sentences."""
    if blocks is None:
        return []
    found = problems(blocks, "message")
    if found:
        words = [f"[ERROR] {problem}" for problem in found]
        raise ApiError("invalid_blocks", errors=words, response_metadata={"messages": words})
    return copy.deepcopy(list(blocks))


def checked_view(view: Any, *types: str) -> Json:
    """A view of one of these types. Raises ApiError invalid_arguments or view_too_large."""
    if not isinstance(view, dict):
        raise missing("view")
    found = list(view_problems(view))
    if not found and view["type"] not in types:
        found = [f"must be a valid enum value: {', '.join(types)} [json-pointer:/view/type]"]
    if found:
        words = [f"[ERROR] {problem}" for problem in found]
        raise ApiError("invalid_arguments", response_metadata={"messages": words})
    if len(json.dumps(view)) > VIEW_MOST:
        raise ApiError("view_too_large")
    return copy.deepcopy(view)


def checked_text(text: str) -> str:
    """A message's text. Raises ApiError msg_too_long."""
    if len(text) > TEXT_MOST:
        raise ApiError("msg_too_long")
    return text


async def read_args(request: web.Request) -> Json:
    """Query, form and JSON together. Raises ApiError invalid_json."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except json.JSONDecodeError:
            raise ApiError("invalid_json") from None
        if not isinstance(body, dict):
            raise ApiError("json_not_object")
        return {**args, **body}
    return {**args, **dict(await request.post())}
