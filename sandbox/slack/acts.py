"""What people do: type, press, fill in, look.

Before: the page or a test, through `/_control/act/*`. After: a payload to the bot, and on the
screen what its acknowledgement asks for. A person can only press what is there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.slack import payloads, typed
from sandbox.slack.dispatch import Ack
from sandbox.slack.modal_acts import fill, stacked
from sandbox.slack.values import BOT_USER_ID, ApiError, Channel, Json, Message, Person, View
from sandbox.slack.workspace import elements
from sandbox.slack.world import World

TROUBLE = {
    "operation_timeout": "FilmOps did not answer in time: operation_timeout",
    "dispatch_failed": "FilmOps could not be reached: dispatch_failed",
}


async def command(world: World, act: Json) -> Json:
    """`/filmops …` in a channel: `user`, `channel`, `text`."""
    workspace = world.workspace
    person = who(world, act)
    channel = workspace.channel(act.get("channel", "general"), names=True)
    name, _, text = str(act["text"]).strip().partition(" ")
    trigger = workspace.new_trigger(person.id)
    payload = payloads.command(
        person,
        channel,
        name,
        typed.escaped(text.strip(), workspace),
        trigger=trigger,
        response_url=world.url + world.response_urls.new(person.id, channel.id),
    )
    acks = await world.dispatcher.many("slash_commands", payload, int(act.get("deliver", 1)))
    await _answered(world, person, channel, acks[0])
    return result(acks, trigger_id=trigger)


async def say(world: World, act: Json) -> Json:
    """A plain message: `user`, `channel`, `text`, perhaps `thread_ts`. The bot hears none."""
    workspace = world.workspace
    person = who(world, act)
    channel = workspace.channel(act.get("channel", "general"), names=True)
    message = workspace.add(
        Message(
            ts=workspace.new_ts(),
            channel=channel.id,
            user=person.id,
            text=typed.escaped(str(act["text"]), workspace),
            by_bot=False,
            thread_ts=act.get("thread_ts"),
        )
    )
    await workspace.touch()
    return {"ok": True, "ts": message.ts}


async def click(world: World, act: Json) -> Json:
    """A button or menu: in a message (`channel`, `ts`), a modal (`view_id`) or the `home`.

    `action_id`, perhaps `block_id`, for menus `value`, in a modal the `values` typed so far.
    Raises ApiError no_such_element.
    """
    person = who(world, act)
    view = _view(world, person, act)
    message, channel = (None, None) if view else _message(world, person, act)
    blocks = view.data["blocks"] if view else message.blocks if message else []
    block, element = _pressed(blocks, act)
    trigger = world.workspace.new_trigger(person.id)
    action = _action(block, element, act.get("value"))
    payload = payloads.block_actions(person, action, trigger=trigger)
    if view:
        fill(view, act.get("values") or {})
        _remember(view.values, block, element, act.get("value"))
        payload |= payloads.in_view(view)
    elif message and channel:
        values = typed.state(message.blocks, {})
        _remember(values, block, element, act.get("value"))
        payload |= _there(world, person, message, channel, values)
    acks = await world.dispatcher.many("interactive", payload, int(act.get("deliver", 1)))
    if acks[0].error and channel:
        await notice(world, person, channel, TROUBLE[acks[0].error])
    return result(acks, trigger_id=trigger)


async def home(world: World, act: Json) -> Json:
    """Look at the App Home: `user`."""
    person = who(world, act)
    payload = payloads.home_opened(person, world.workspace.homes.get(person.id))
    acks = await world.dispatcher.event(payload, int(act.get("deliver", 1)))
    return result(acks, event_id=payload["event_id"])


def who(world: World, act: Json) -> Person:
    """Who acts, with the team they say they are of. Raises ApiError user_not_found."""
    person = world.workspace.person(str(act.get("user", "")))
    return replace(person, team_id=str(act.get("team_id") or person.team_id))


def result(acks: list[Ack], **more: Any) -> Json:
    """The first delivery's story, the ids, and all deliveries when there were several."""
    return {"ok": True, **acks[0].json(), **more, "deliveries": [ack.json() for ack in acks]}


async def notice(world: World, person: Person, channel: Channel, text: str) -> None:
    """Something only this person sees."""
    workspace = world.workspace
    workspace.add(
        Message(
            ts=workspace.new_ts(),
            channel=channel.id,
            user=BOT_USER_ID,
            text=text,
            by_bot=True,
            ephemeral_to=person.id,
        )
    )
    await workspace.touch()


async def _answered(world: World, person: Person, channel: Channel, ack: Ack) -> None:
    """A command's acknowledgement may carry a message; none at all is told to the person."""
    if ack.error:
        await notice(world, person, channel, TROUBLE[ack.error])
        return
    said = {"text": ack.response} if isinstance(ack.response, str) else ack.response
    if not isinstance(said, dict) or not (said.get("text") or said.get("blocks")):
        return
    public = said.get("response_type") == "in_channel"
    workspace = world.workspace
    workspace.add(
        Message(
            ts=workspace.new_ts(),
            channel=channel.id,
            user=BOT_USER_ID,
            text=said.get("text", ""),
            by_bot=True,
            blocks=list(said.get("blocks") or []),
            ephemeral_to=None if public else person.id,
        )
    )
    await workspace.touch()


def _view(world: World, person: Person, act: Json) -> View | None:
    if act.get("home"):
        if person.id not in world.workspace.homes:
            raise ApiError("no_such_element", message="the App Home is empty")
        return world.workspace.homes[person.id]
    return stacked(world, person, act["view_id"]) if act.get("view_id") else None


def _message(world: World, person: Person, act: Json) -> tuple[Message, Channel]:
    channel = world.workspace.channel(act.get("channel", ""), names=True)
    message = world.workspace.find(channel.id, str(act.get("ts")), ephemeral=True)
    if message.ephemeral_to not in (None, person.id):
        raise ApiError("message_not_found")
    return message, channel


def _pressed(blocks: list[Json], act: Json) -> tuple[Json, Json]:
    for block in blocks:
        if act.get("block_id") not in (None, block["block_id"]):
            continue
        for element in elements(block):
            if element.get("action_id") == act.get("action_id"):
                return block, element
    raise ApiError("no_such_element", message=f"nothing named {act.get('action_id')!r} is there")


def _action(block: Json, element: Json, value: Any) -> Json:
    kept = ("action_id", "type", "text", "value", "style", "placeholder", "confirm")
    action = {name: element[name] for name in kept if name in element}
    action["block_id"] = block["block_id"]
    if element["type"] != "button":
        action |= typed.entry(element, value)
    return action


def _remember(values: Json, block: Json, element: Json, value: Any) -> None:
    if element["type"] not in ("button", "overflow"):
        held = values.setdefault(block["block_id"], {})
        held[element["action_id"]] = typed.entry(element, value)


def _there(world: World, person: Person, message: Message, channel: Channel, values: Json) -> Json:
    path = world.response_urls.new(person.id, channel.id, message.ts, message.thread_ts)
    return payloads.in_message(
        message, channel, values, world.workspace, response_url=world.url + path
    )
