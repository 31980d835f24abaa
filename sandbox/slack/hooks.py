"""What is posted to a `response_url`.

Before: `response_urls` says whom it answers. After: a message, or another content for the one the
click was on; Slack answers `ok` or, when it refuses, 404 or 400 with the reason.
"""

from __future__ import annotations

import asyncio
import json

from aiohttp import web

from sandbox.slack.breaking import broken, hang_up
from sandbox.slack.call import checked_blocks, checked_text
from sandbox.slack.response_urls import Hook
from sandbox.slack.values import BOT_USER_ID, ApiError, Json, Message
from sandbox.slack.world import World

NAME = "response_url"


async def serve(world: World, request: web.Request) -> web.StreamResponse:
    """One use of an address, faults included."""
    fault = world.faults.take(NAME)
    if fault is not None and fault.kind in ("refuse", "status"):
        world.ledger.write(NAME, {}, f"fault:{fault.kind}", fault.status)
        return broken(request, fault)
    if fault is not None and fault.kind == "latency":
        await asyncio.sleep(fault.seconds)
    said: Json = {}
    try:
        said = await _read(request)
        await _act(world, world.response_urls.use(request.path), said)
        outcome, answer = "ok", web.Response(text="ok")
    except ApiError as error:
        status = 404 if error.name in ("used_url", "expired_url") else 400
        outcome, answer = error.name, web.json_response(error.body(), status=status)
    world.ledger.write(NAME, said, outcome, answer.status)
    return hang_up(request) if fault is not None and fault.kind == "drop" else answer


async def _read(request: web.Request) -> Json:
    try:
        body = json.loads(await request.text())
    except json.JSONDecodeError:
        raise ApiError("invalid_payload") from None
    if not isinstance(body, dict):
        raise ApiError("invalid_payload")
    return body


async def _act(world: World, hook: Hook, said: Json) -> None:
    workspace = world.workspace
    original = None
    if hook.message_ts and (said.get("delete_original") or said.get("replace_original")):
        original = workspace.find(hook.channel, hook.message_ts, ephemeral=True)
    if original is not None and said.get("delete_original"):
        workspace.messages.remove(original)
        await workspace.touch()
        return
    blocks, text = checked_blocks(said.get("blocks")), checked_text(str(said.get("text") or ""))
    if not blocks and not text:
        raise ApiError("no_text")
    if original is not None:
        original.text, original.blocks = text, blocks
        original.edited = workspace.new_ts()
        workspace.named(original)
    else:
        workspace.add(_message(world, hook, said, text, blocks))
    await workspace.touch()


def _message(world: World, hook: Hook, said: Json, text: str, blocks: list[Json]) -> Message:
    public = said.get("response_type") == "in_channel"
    return Message(
        ts=world.workspace.new_ts(),
        channel=hook.channel,
        user=BOT_USER_ID,
        text=text,
        by_bot=True,
        blocks=blocks,
        thread_ts=said.get("thread_ts") or hook.thread_ts,
        ephemeral_to=None if public else hook.user,
    )
