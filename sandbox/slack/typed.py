"""What people type, as Slack passes it on: escaped commands, values of fields.

Before: `acts` has the raw text or value. After: the text of a slash command with `should_escape`,
and `view.state.values` entries or `actions[0]` fields for each kind of element.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sandbox.slack.values import ApiError, Json
from sandbox.slack.workspace import Workspace, elements

_READY = re.compile(r"<[@#][A-Z0-9]+(?:\|[^>]*)?>")
_WORDS = re.compile(r"(?P<link>https?://[^\s<>]+)|(?P<mark>[@#])(?P<name>[\w.-]*\w)")
_SPECIAL = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

# The field that carries the value, per kind of element; lists for those that hold several.
_FIELDS = {
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}
_ONE_OPTION = frozenset({"static_select", "radio_buttons", "overflow", "external_select"})
_OPTIONS = frozenset({"multi_static_select", "checkboxes", "multi_external_select"})


def escaped(text: str, workspace: Workspace) -> str:
    """`@ben` as `<@U…|ben>`, `#general` as `<#C…|general>`, links in `<>`, `& < >` as entities."""
    parts: list[str] = []
    end = 0
    for ready in _READY.finditer(text):
        parts += [_typed(text[end : ready.start()], workspace), ready.group()]
        end = ready.end()
    return "".join([*parts, _typed(text[end:], workspace)])


def _typed(text: str, workspace: Workspace) -> str:
    people = {person.name: person.id for person in workspace.people.values()}
    channels = {channel.name: channel.id for channel in workspace.channels.values()}

    def known(match: re.Match[str]) -> str:
        if match["link"]:
            return f"<{match['link']}>"
        names = people if match["mark"] == "@" else channels
        found = names.get(match["name"])
        return f"<{match['mark']}{found}|{match['name']}>" if found else match.group()

    plain = re.sub(r"[&<>]", lambda special: _SPECIAL[special.group()], text)
    return _WORDS.sub(known, plain)


def entry(element: Json, value: Any) -> Json:
    """A value as `state.values` holds it. Raises ApiError invalid_value for no such option."""
    kind = element["type"]
    if kind in _ONE_OPTION:
        return {"type": kind, "selected_option": _option(element, value)}
    if kind in _OPTIONS:
        chosen = value if isinstance(value, list) else [value] if value else []
        return {"type": kind, "selected_options": [_option(element, item) for item in chosen]}
    if kind in _FIELDS:
        return {"type": kind, _FIELDS[kind]: value}
    return {"type": kind, "value": None if value in (None, "") else str(value)}


def initial(element: Json) -> Json:
    """What a field holds before anybody touches it."""
    kind = element["type"]
    if kind in _ONE_OPTION:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in _OPTIONS:
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    if kind in _FIELDS:
        name = _FIELDS[kind]
        given = element.get(name.replace("selected", "initial"))
        return {"type": kind, name: given if given is not None or name[-1] != "s" else []}
    return {"type": kind, "value": element.get("initial_value")}


def filled(held: Json) -> bool:
    """Whether a field holds anything."""
    return any(value not in (None, [], "") for name, value in held.items() if name != "type")


def fields(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Block and element of everything that holds a value."""
    for block in blocks:
        for element in elements(block):
            if element.get("type") not in ("button", "overflow", "image", "icon_button"):
                yield block, element


def state(blocks: list[Json], values: Json) -> Json:
    """`state.values` of these blocks: what was typed, and the initial values of the rest."""
    found: Json = {}
    for block, element in fields(blocks):
        held = values.get(block["block_id"], {}).get(element["action_id"])
        found.setdefault(block["block_id"], {})[element["action_id"]] = held or initial(element)
    return found


def _option(element: Json, value: Any) -> Json | None:
    if value in (None, ""):
        return None
    groups = element.get("option_groups", [])
    options = [*element.get("options", []), *(o for group in groups for o in group["options"])]
    for option in options:
        if value in (option["value"], option["text"]["text"]):
            return dict(option)
    raise ApiError("invalid_value", message=f"no option {value!r}")
