"""Slack's reference of blocks, and the surfaces that show them, as rules.

Before: `blocks.shapes`. After: `blocks.validate` adds what concerns a whole message or view.
Blocks that FilmOps never draws (card, carousel, container, call, auth_provider) are missing on
purpose: here they are `unsupported type`, which is stricter than Slack.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from blocks.rules import (
    Fields,
    Rule,
    array,
    boolean,
    both,
    exactly_one,
    kinds,
    number,
    one_of,
    shape,
    string,
)
from blocks.shapes import (
    ACCESSORIES,
    ACTIONS,
    CONTEXT,
    CONTEXT_ACTIONS,
    HTTP,
    ID,
    INPUTS,
    SLACK_FILE,
    URL,
    plain,
    text,
)

Surface = Literal["message", "modal", "home"]
MOST_BLOCKS: Mapping[Surface, int] = {"message": 50, "modal": 100, "home": 100}

_STYLE = shape(
    {},
    dict.fromkeys(
        (
            "bold",
            "italic",
            "strike",
            "code",
            "underline",
            "highlight",
            "client_highlight",
            "unlink",
        ),
        boolean,
    ),
)


def _inline(required: Fields, optional: Fields | None = None) -> Rule:
    return shape(required, {"style": _STYLE, **(optional or {})})


_INLINE: Mapping[str, Rule] = {
    "text": _inline({"text": string(40_000)}),
    "link": _inline({"url": URL}, {"text": string(3000), "unsafe": boolean}),
    "user": _inline({"user_id": ID}),
    "channel": _inline({"channel_id": ID}),
    "usergroup": _inline({"usergroup_id": ID}),
    "emoji": _inline({"name": string(100)}, {"unicode": string(100)}),
    "date": _inline(
        {"timestamp": number(0, 99_999_999_999), "format": string(255)},
        {"url": URL, "fallback": string(255)},
    ),
    "broadcast": _inline({"range": one_of("here", "channel", "everyone")}),
    "color": _inline({"value": string(20)}),
}
_RUN = array(kinds(_INLINE), 0, 1000)
_BORDER: Fields = {"border": number(0, 1)}
_SECTION = shape({"elements": _RUN})
_RICH_PARTS: Mapping[str, Rule] = {
    "rich_text_section": _SECTION,
    "rich_text_quote": shape({"elements": _RUN}, _BORDER),
    "rich_text_preformatted": shape({"elements": _RUN}, {**_BORDER, "language": string(100)}),
    "rich_text_list": shape(
        {
            "style": one_of("bullet", "ordered"),
            "elements": array(kinds({"rich_text_section": _SECTION}), 1, 1000),
        },
        {**_BORDER, "indent": number(0, 8), "offset": number(0, 10_000)},
    ),
}
_BLOCK: Fields = {"block_id": ID}
_RICH_TEXT = shape({"elements": array(kinds(_RICH_PARTS), 1, 1000)}, _BLOCK)
_CELLS: Mapping[str, Rule] = {
    "raw_text": shape({"text": string(10_000)}),
    "raw_number": shape({"value": number(-1e15, 1e15)}, {"text": string(100)}),
    "rich_text": _RICH_TEXT,
}
_TASK = shape(
    {
        "task_id": ID,
        "title": string(3000),
        "status": one_of("pending", "in_progress", "complete", "error"),
    },
    {
        **_BLOCK,
        "details": kinds({"rich_text": _RICH_TEXT}),
        "output": kinds({"rich_text": _RICH_TEXT}),
        "sources": array(kinds({"url": shape({"url": HTTP, "text": string(3000)})}), 0, 50),
    },
)
_SECTION_BLOCK = shape(
    {},
    {
        **_BLOCK,
        "text": text(3000),
        "fields": array(text(2000), 1, 10),
        "accessory": kinds(ACCESSORIES),
        "expand": boolean,
    },
)

_EVERYWHERE: Mapping[str, Rule] = {
    "actions": shape({"elements": array(kinds(ACTIONS), 1, 25)}, _BLOCK),
    "context": shape({"elements": array(kinds(CONTEXT), 1, 10)}, _BLOCK),
    "divider": shape({}, _BLOCK),
    "header": shape({"text": plain(150)}, {**_BLOCK, "level": number(1, 4)}),
    "image": both(
        shape(
            {"alt_text": string(2000)},
            {**_BLOCK, "image_url": HTTP, "slack_file": SLACK_FILE, "title": plain(2000)},
        ),
        exactly_one("image_url", "slack_file"),
    ),
    "input": shape(
        {"label": plain(2000), "element": kinds(INPUTS)},
        {**_BLOCK, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": _RICH_TEXT,
    "section": _SECTION_BLOCK,
}
_TABLE = shape(
    {"rows": array(array(kinds(_CELLS), 1, 20), 1, 100)},
    {
        **_BLOCK,
        "column_settings": array(
            shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean}), 0, 20
        ),
    },
)
_MESSAGE: Mapping[str, Rule] = {
    "context_actions": shape({"elements": array(kinds(CONTEXT_ACTIONS), 1, 5)}, _BLOCK),
    "file": shape({"external_id": ID, "source": one_of("remote")}, _BLOCK),
    "markdown": shape({"text": string(12_000)}, _BLOCK),
    "plan": shape(
        {"title": string(3000)},
        {**_BLOCK, "tasks": array(kinds({"task_card": _TASK}), 0, 50)},
    ),
    "task_card": _TASK,
}
_ALERT = shape(
    {"text": text(3000)},
    {**_BLOCK, "level": one_of("default", "info", "warning", "error", "success")},
)

SHAPES: Mapping[Surface, Mapping[str, Rule]] = {
    "message": {**_EVERYWHERE, **_MESSAGE, "table": _TABLE},
    "modal": {**_EVERYWHERE, "alert": _ALERT},
    "home": {**_EVERYWHERE, "table": _TABLE},
}
KNOWN = frozenset(name for shapes in SHAPES.values() for name in shapes)
"""Every block type that some surface shows."""
