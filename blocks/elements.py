"""The pieces of a message: sections, buttons, lists, each within Slack's limits.

Before: `blocks.text` makes the words safe. After: card, status and the others put pieces in
order. A piece never exceeds its limit: what is too long ends with an ellipsis. Source of the
limits: docs.slack.dev/reference/block-kit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from blocks.text import cut, cut_plain, fenced, plain

Block = dict[str, Any]

MOST_IN_SECTION = 3000
MOST_IN_HEADER = 150
MOST_IN_CONTEXT = 3000
MOST_ON_BUTTON = 75
MOST_TASKS = 50
MOST_BLOCKS = 50
_FULL_LIST = 2600
"""A list stops here, so that its title and its "and n more" still fit into the section."""


def text_object(text: str, most: int) -> Block:
    """Plain text, as typed: Slack shows it without reading anything into it."""
    return {"type": "plain_text", "text": cut_plain(plain(text), most), "emoji": True}


def header(text: str) -> Block:
    """The headline; words that stand alone without their icon."""
    return {"type": "header", "text": text_object(" ".join(text.split()), MOST_IN_HEADER)}


def section(text: str) -> Block:
    """A paragraph of mrkdwn whose foreign parts are escaped already."""
    words = cut(text, MOST_IN_SECTION) if text.strip() else "—"
    return {"type": "section", "text": {"type": "mrkdwn", "text": words}}


def context(*texts: str) -> Block:
    """Small print: up to ten pieces of mrkdwn."""
    elements = [{"type": "mrkdwn", "text": cut(t, MOST_IN_CONTEXT)} for t in texts if t.strip()]
    return {"type": "context", "elements": elements[:10]}


def code(text: str, title: str = "") -> Block:
    """One section with preformatted text, cut inside its fence."""
    head = f"{cut(title, 300)}\n" if title else ""
    room = MOST_IN_SECTION - len(head)
    return {"type": "section", "text": {"type": "mrkdwn", "text": head + fenced(text, room)}}


def divider() -> Block:
    """A line."""
    return {"type": "divider"}


def bullets(title: str, items: Iterable[str], more: str = "", *, mark: str = "• ") -> Block:
    """A titled list; items are escaped mrkdwn of one line. What does not fit is counted.

    `more` is where the rest can be read (`/filmops show R42`).
    """
    lines = [f"{mark}{cut(item, 600)}" for item in items]
    kept = list(_fitting(lines, _FULL_LIST))
    left = len(lines) - len(kept)
    if left:
        kept.append(f"… and {left} more" + (f": `{more}`" if more else ""))
    return section("\n".join([*([title] if title else []), *kept]))


def _fitting(lines: Sequence[str], room: int) -> Iterable[str]:
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return
        yield line


def confirm(title: str, text: str, yes: str, no: str, *, danger: bool = False) -> Block:
    """The dialog that asks back. `text` is plain, at most 300 characters."""
    return {
        "title": text_object(title, 100),
        "text": text_object(text, 300),
        "confirm": text_object(yes, 30),
        "deny": text_object(no, 30),
        "style": "danger" if danger else "primary",
    }


def button(
    text: str,
    action_id: str,
    value: str = "",
    *,
    style: Literal["primary", "danger"] | None = None,
    ask: Block | None = None,
) -> Block:
    """A button that carries an id and nothing else."""
    made: Block = {
        "type": "button",
        "text": text_object(text, MOST_ON_BUTTON),
        "action_id": action_id,
    }
    if value:
        made["value"] = value
    if style is not None:
        made["style"] = style
    if ask is not None:
        made["confirm"] = ask
    return made


def actions(*buttons: Block) -> Block:
    """A row of buttons; at least one."""
    return {"type": "actions", "elements": list(buttons)}


def rich_text(text: str, most: int = 1000) -> Block:
    """Plain words where only rich text is taken (a task's details)."""
    words = {"type": "text", "text": cut_plain(plain(text), most)}
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [words]}]}


def fit(
    blocks: Sequence[Block], most: int, more: str, *, counted: bool = True
) -> tuple[Block, ...]:
    """All blocks, or as many as Slack takes and a last one that says what is left out; not
    `counted`: that, or more.
    """
    if len(blocks) <= most:
        return tuple(blocks)
    left = len(blocks) - (most - 1)
    least = "" if counted else "At least "
    return (*blocks[: most - 1], context(f"{least}{left} more parts are left out. {more}"))
