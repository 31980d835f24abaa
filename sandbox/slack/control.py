"""`/_control/*`: what tests and the page ask of the workspace itself, in JSON.

Before: HTTP from a test, a person's curl or the page. After: `acts` and `modal_acts` for what
people do, and views into what exists. No token: it is bound to this machine.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.slack import acts, modal_acts, shown
from sandbox.slack.values import ApiError, Json, Message
from sandbox.slack.world import World

Handler = Callable[[World, web.Request], Awaitable[Json]]


async def act(world: World, request: web.Request) -> Json:
    """What a person does; the answer comes after the bot's acknowledgement."""
    body = await _body(request)
    name = request.match_info["act"]
    simple = {"command": acts.command, "say": acts.say, "click": acts.click, "home": acts.home}
    if name in simple:
        return await simple[name](world, body)
    person = acts.who(world, body)
    if name == "submit":
        sent, trigger = await modal_acts.submit(world, person, body)
        return acts.result(sent, trigger_id=trigger)
    if name == "close":
        told = await modal_acts.close(world, person, body)
        return acts.result(told) if told else {"ok": True, "deliveries": []}
    raise ApiError("unknown_act")


async def arm_fault(world: World, request: web.Request) -> Json:
    """Something will go wrong."""
    try:
        world.faults.arm(await _body(request))
    except (TypeError, ValueError) as error:
        raise ApiError("invalid_fault", message=str(error)) from error
    return {"ok": True, "faults": world.faults.listing()}


async def list_faults(world: World, request: web.Request) -> Json:
    """What is still to go wrong."""
    return {"ok": True, "faults": world.faults.listing()}


async def clear_faults(world: World, request: web.Request) -> Json:
    """Nothing goes wrong any more."""
    world.faults.clear()
    return {"ok": True}


async def calls(world: World, request: web.Request) -> Json:
    """What the bot called; `?method=` for one method."""
    return {"ok": True, "calls": world.ledger.read(request.query.get("method"))}


async def messages(world: World, request: web.Request) -> Json:
    """A channel as the person `?user=` sees it; without one, everything in it."""
    workspace = world.workspace
    channel = workspace.channel(request.query.get("channel", ""), names=True)
    user = request.query.get("user")
    mine = [
        message
        for message in workspace.messages
        if message.channel == channel.id and (user is None or message.ephemeral_to in (None, user))
    ]
    return {
        "ok": True,
        "channel": {"id": channel.id, "name": channel.name},
        "messages": [seen(world, m, mine) for m in mine if not m.thread_ts and not m.ephemeral_to],
        "ephemerals": [seen(world, m, []) for m in mine if m.ephemeral_to],
    }


def seen(world: World, message: Message, others: list[Message]) -> Json:
    """A message with the answers to it and, when only one sees it, whom it is for."""
    data = shown.message(message, world.workspace)
    data["channel"] = message.channel
    if message.ephemeral_to:
        data |= {"ephemeral": True, "ephemeral_to": message.ephemeral_to}
    data["replies"] = [
        seen(world, other, [])
        for other in others
        if other.thread_ts == message.ts and not other.ephemeral_to
    ]
    return data


async def home(world: World, request: web.Request) -> Json:
    """A person's App Home; null when none was published."""
    person = world.workspace.person(request.query.get("user", ""))
    view = world.workspace.homes.get(person.id)
    return {"ok": True, "view": shown.view(view) if view else None}


async def views(world: World, request: web.Request) -> Json:
    """The open modals, per person bottom first; `?user=` for one."""
    wanted = request.query.get("user")
    workspace = world.workspace
    found = [
        {**shown.view(view), "user": user, "errors": view.errors}
        for user, stack in workspace.stacks.items()
        if wanted in (None, user)
        for view in (workspace.views[name] for name in stack)
    ]
    return {"ok": True, "views": found}


async def reset(world: World, request: web.Request) -> Json:
    """Forget everything but the connections."""
    world.workspace.reset()
    world.faults.clear()
    world.ledger.clear()
    world.limits.reset()
    world.response_urls.clear()
    await world.workspace.touch()
    return {"ok": True}


async def disconnect(world: World, request: web.Request) -> Json:
    """Part from the bot's sockets: `reason`, and `abrupt` for without a word."""
    body = await _body(request) if request.can_read_body else {}
    reason = str(body.get("reason", "refresh_requested"))
    count = await world.sockets.disconnect(reason, abrupt=bool(body.get("abrupt")))
    return {"ok": True, "disconnected": count}


async def sockets(world: World, request: web.Request) -> Json:
    """How many sockets the bot has open."""
    return {"ok": True, "connected": world.sockets.count}


async def _body(request: web.Request) -> Json:
    try:
        body = json.loads(await request.text() or "{}")
    except json.JSONDecodeError as error:
        raise ApiError("invalid_json") from error
    if not isinstance(body, dict):
        raise ApiError("json_not_object")
    return body


ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "act/{act}", act),
    ("POST", "faults", arm_fault),
    ("GET", "faults", list_faults),
    ("DELETE", "faults", clear_faults),
    ("GET", "calls", calls),
    ("GET", "messages", messages),
    ("GET", "home", home),
    ("GET", "views", views),
    ("GET", "sockets", sockets),
    ("POST", "reset", reset),
    ("POST", "disconnect", disconnect),
)
