"""chat.*, reactions.add and pins.add: what the bot says and how it marks it.

Before: `web_api` has checked token, scope and rate. After: messages in the workspace.
"""

from __future__ import annotations

from typing import Any

from sandbox.slack import shown
from sandbox.slack.call import Call, Method, checked_blocks, checked_text
from sandbox.slack.limits import POSTING, TIER_2, TIER_3, TIER_4
from sandbox.slack.values import BOT_USER_ID, ApiError, Json, Message


async def post_message(call: Call) -> Json:
    """A message everybody in the channel sees."""
    workspace = call.workspace
    channel = workspace.channel(call.text("channel"), names=True)
    message = _new(call, channel.id)
    message.metadata = _metadata(call.json("metadata"))
    workspace.add(message)
    await workspace.touch()
    data = shown.message(message, workspace)
    return {"ok": True, "channel": channel.id, "ts": message.ts, "message": data}


async def post_ephemeral(call: Call) -> Json:
    """A message one person sees, and nobody can find again."""
    workspace = call.workspace
    channel = workspace.channel(call.text("channel"), names=True)
    try:
        person = workspace.person(call.text("user"))
    except ApiError as error:
        raise ApiError("user_not_in_channel") from error
    message = _new(call, channel.id)
    message.ephemeral_to = person.id
    workspace.add(message)
    await workspace.touch()
    return {"ok": True, "message_ts": message.ts}


async def update(call: Call) -> Json:
    """Another content for a message of the bot. `text` without blocks takes the blocks away."""
    workspace = call.workspace
    channel = workspace.channel(call.text("channel"))
    message = workspace.find(channel.id, call.text("ts"))
    if not message.by_bot:
        raise ApiError("cant_update_message")
    blocks = checked_blocks(call.json("blocks"))
    text = checked_text(call.text("text", ""))
    if not text and not blocks:
        raise ApiError("no_text")
    if call.args.get("metadata") is not None:
        message.metadata = _metadata(call.json("metadata"))
    message.text, message.blocks = text, blocks
    message.edited = workspace.new_ts()
    workspace.named(message)
    await workspace.touch()
    data = shown.message(message, workspace)
    return {"ok": True, "channel": channel.id, "ts": message.ts, "text": text, "message": data}


async def delete(call: Call) -> Json:
    """Take back a message of the bot."""
    workspace = call.workspace
    channel = workspace.channel(call.text("channel"))
    message = workspace.find(channel.id, call.text("ts"))
    if not message.by_bot:
        raise ApiError("cant_delete_message")
    workspace.messages.remove(message)
    await workspace.touch()
    return {"ok": True, "channel": channel.id, "ts": message.ts}


async def add_reaction(call: Call) -> Json:
    """An emoji under a message."""
    workspace = call.workspace
    channel = workspace.channel(call.text("channel"))
    message = workspace.find(channel.id, call.text("timestamp"))
    names = workspace.reactions.setdefault((channel.id, message.ts), set())
    if call.text("name") in names:
        raise ApiError("already_reacted")
    names.add(call.text("name"))
    return {"ok": True}


async def add_pin(call: Call) -> Json:
    """A message kept at hand."""
    workspace = call.workspace
    channel = workspace.channel(call.text("channel"))
    message = workspace.find(channel.id, call.text("timestamp"))
    if (channel.id, message.ts) in workspace.pins:
        raise ApiError("already_pinned")
    workspace.pins.add((channel.id, message.ts))
    return {"ok": True}


def _new(call: Call, channel: str) -> Message:
    blocks = checked_blocks(call.json("blocks"))
    text = checked_text(call.text("text", ""))
    if not text and not blocks:
        raise ApiError("no_text")
    thread_ts = call.text("thread_ts", "") or None
    if thread_ts:
        parent = call.workspace.find(channel, thread_ts)
        thread_ts = parent.thread_ts or parent.ts
    return Message(
        ts=call.workspace.new_ts(),
        channel=channel,
        user=BOT_USER_ID,
        text=text,
        by_bot=True,
        blocks=blocks,
        thread_ts=thread_ts,
    )


def _metadata(value: Any) -> Json | None:
    if value is None:
        return None
    fits = (
        isinstance(value, dict)
        and isinstance(value.get("event_type"), str)
        and isinstance(value.get("event_payload"), dict)
    )
    if not fits:
        raise ApiError("invalid_metadata_format")
    return dict(value)


METHODS = {
    "chat.postMessage": Method(
        handler=post_message, rate=POSTING, scope="chat:write", per_channel=True
    ),
    "chat.postEphemeral": Method(handler=post_ephemeral, rate=TIER_4, scope="chat:write"),
    "chat.update": Method(handler=update, rate=TIER_3, scope="chat:write"),
    "chat.delete": Method(handler=delete, rate=TIER_3, scope="chat:write"),
    "reactions.add": Method(handler=add_reaction, rate=TIER_3, scope="reactions:write"),
    "pins.add": Method(handler=add_pin, rate=TIER_2, scope="pins:write"),
}
