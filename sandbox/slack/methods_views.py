"""views.* and blocks.validate: modals, App Homes, and whether blocks would be taken.

Before: `web_api` has checked token and rate; `workspace` knows whose trigger it is. After: the
person's modals (at most three on top of each other) and Home.
"""

from __future__ import annotations

from typing import Any, cast

from blocks.validate import problems, view_problems
from sandbox.slack import shown
from sandbox.slack.call import Call, Method, checked_view, missing
from sandbox.slack.limits import TIER_4
from sandbox.slack.values import ApiError, Json, View

MOST_ON_TOP = 3


async def open_view(call: Call) -> Json:
    """A modal in front of whoever caused the trigger."""
    return await _show(call, on_top=False)


async def push_view(call: Call) -> Json:
    """A modal over the one that is open."""
    return await _show(call, on_top=True)


async def _show(call: Call, *, on_top: bool) -> Json:
    workspace = call.workspace
    data = checked_view(call.json("view"), "modal")
    user = workspace.use_trigger(call.text("trigger_id"))
    stack = workspace.stacks.setdefault(user, [])
    if on_top and len(stack) >= MOST_ON_TOP:
        raise ApiError("push_limit_reached")
    if not on_top:
        stack.clear()
    previous = workspace.top(user)
    team = workspace.person(user).team_id
    view = workspace.new_view(user, team, data, previous=previous)
    workspace.views[view.id] = view
    stack.append(view.id)
    await workspace.touch()
    return {"ok": True, "view": shown.view(view)}


async def update_view(call: Call) -> Json:
    """Another content for an open view, by `view_id` or `external_id`."""
    data = checked_view(call.json("view"), "modal", "home")
    view = _find(call)
    wanted = call.text("hash", "")
    if wanted and wanted != view.hash:
        raise ApiError("hash_conflict")
    call.workspace.change_view(view, data)
    await call.workspace.touch()
    return {"ok": True, "view": shown.view(view)}


def _find(call: Call) -> View:
    view_id, external = call.text("view_id", ""), call.text("external_id", "")
    workspace = call.workspace
    shown_now = {name for stack in workspace.stacks.values() for name in stack}
    views = [view for view in workspace.views.values() if view.id in shown_now]
    for view in (*views, *workspace.homes.values()):
        if view.id == view_id or (external and view.data.get("external_id") == external):
            return view
    raise ApiError("not_found")


async def publish_view(call: Call) -> Json:
    """A person's App Home."""
    workspace = call.workspace
    user = call.text("user_id")
    data = checked_view(call.json("view"), "home")
    person = workspace.people.get(user)
    if person is None:
        raise ApiError("user_not_found")
    home = workspace.homes.get(user)
    wanted = call.text("hash", "")
    if home is None:
        home = workspace.new_view(user, person.team_id, data, previous=None)
        workspace.homes[user] = home
    elif wanted and wanted != home.hash:
        raise ApiError("hash_conflict")
    else:
        workspace.change_view(home, data)
    await workspace.touch()
    return {"ok": True, "view": shown.view(home)}


async def validate(call: Call) -> Json:
    """Would these be taken? Exactly one of blocks, message, view."""
    given = [name for name in ("blocks", "message", "view") if call.args.get(name) is not None]
    if len(given) != 1:
        raise missing("blocks")
    value: Any = call.json(given[0])
    if given == ["view"]:
        found = view_problems(cast("Json", value))
    else:
        blocks = value.get("blocks", []) if given == ["message"] else value
        found = problems(blocks, "message")
    if found:
        words = [f"[ERROR] {problem}" for problem in found]
        raise ApiError("invalid_blocks", errors=words, response_metadata={"messages": words})
    return {"ok": True}


METHODS = {
    "views.open": Method(handler=open_view, rate=TIER_4),
    "views.push": Method(handler=push_view, rate=TIER_4),
    "views.update": Method(handler=update_view, rate=TIER_4),
    "views.publish": Method(handler=publish_view, rate=TIER_4),
    "blocks.validate": Method(handler=validate, rate=TIER_4, token="none"),
}
