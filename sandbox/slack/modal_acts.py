"""What people do with a modal: send it, close it; and what the bot's answer makes of it.

Before: `acts` and the control. After: the stack of modals in front of the person. Source:
docs.slack.dev/surfaces/modals (response_action errors, update, push, clear).
"""

from __future__ import annotations

from typing import Any

from sandbox.slack import payloads, typed
from sandbox.slack.call import checked_view
from sandbox.slack.dispatch import Ack
from sandbox.slack.values import ApiError, Json, Person, View
from sandbox.slack.world import World

CONNECTING = "We had some trouble connecting. Try again?"


def stacked(world: World, person: Person, view_id: str) -> View:
    """A modal that is open in front of this person. Raises ApiError not_found."""
    if view_id not in world.workspace.stacks.get(person.id, []):
        raise ApiError("not_found", message=f"no modal {view_id} is open")
    return world.workspace.views[view_id]


async def submit(world: World, person: Person, act: Json) -> tuple[list[Ack], str]:
    """Fill in and send: `view_id`, `values` ({block: value} or {block: {action: value}}).

    Raises ApiError required when a field that must be filled is empty, as Slack's client does.
    """
    view = stacked(world, person, str(act.get("view_id")))
    fill(view, act.get("values") or {})
    view.values = typed.state(view.data["blocks"], view.values)
    empty = _unfilled(view)
    view.errors = dict.fromkeys(empty, "Please complete this required field.")
    if empty:
        await world.workspace.touch()
        raise ApiError("required", fields=empty)
    trigger = world.workspace.new_trigger(person.id)
    payload = payloads.view_submission(person, view, trigger=trigger)
    acks = await world.dispatcher.many("interactive", payload, int(act.get("deliver", 1)))
    if acks[0].error:
        view.errors = {"": CONNECTING}
    else:
        _respond(world, person, view, acks[0].response)
    await world.workspace.touch()
    return acks, trigger


async def close(world: World, person: Person, act: Json) -> list[Ack]:
    """Close one modal, or with `all` the whole stack; the bot hears of it if it asked to."""
    view = stacked(world, person, str(act.get("view_id")))
    cleared = bool(act.get("all"))
    stack = world.workspace.stacks[person.id]
    closed = list(stack) if cleared else [view.id]
    world.workspace.stacks[person.id] = [name for name in stack if name not in closed]
    await world.workspace.touch()
    acks: list[Ack] = []
    for name in closed:
        gone = world.workspace.views[name]
        if gone.data.get("notify_on_close"):
            payload = payloads.view_closed(person, gone, cleared=cleared)
            acks += await world.dispatcher.many("interactive", payload, int(act.get("deliver", 1)))
    return acks


def fill(view: View, values: Json) -> None:
    """Put values into a view's fields. Raises ApiError no_such_element for one it has not."""
    left = set(values)
    for block, element in typed.fields(view.data["blocks"]):
        name, action = block["block_id"], element["action_id"]
        given: Any = values.get(name, values.get(action))
        left -= {name, action}
        if isinstance(given, dict):
            given = given.get(action)
        if name in values or action in values:
            view.values.setdefault(name, {})[action] = typed.entry(element, given)
    if left:
        raise ApiError("no_such_element", message=f"the view has no field {sorted(left)}")


def _unfilled(view: View) -> list[str]:
    return [
        block["block_id"]
        for block, element in typed.fields(view.data["blocks"])
        if block["type"] == "input"
        and not block.get("optional")
        and not typed.filled(view.values[block["block_id"]][element["action_id"]])
    ]


def _respond(world: World, person: Person, view: View, answer: Any) -> None:
    workspace = world.workspace
    stack = workspace.stacks[person.id]
    said = answer if isinstance(answer, dict) else {}
    action = said.get("response_action")
    if action == "errors":
        view.errors = dict(said.get("errors") or {})
    elif action == "clear":
        stack.clear()
    elif action in ("update", "push"):
        _replace(world, person, view, said, push=action == "push")
    elif view.id in stack:
        stack.remove(view.id)


def _replace(world: World, person: Person, view: View, said: Json, *, push: bool) -> None:
    """A view in the answer that Slack would refuse leaves the modal open with its excuse."""
    workspace = world.workspace
    try:
        data = checked_view(said.get("view"), "modal")
    except ApiError as error:
        view.errors = {"": f"{CONNECTING} ({error.name}: {error.more})"}
        return
    if not push:
        workspace.change_view(view, data)
        return
    pushed = workspace.new_view(person.id, view.team_id, data, previous=view)
    workspace.views[pushed.id] = pushed
    workspace.stacks[person.id].append(pushed.id)
