"""Where a file is that a command has written, or its text when it could not be uploaded.

Before: `incident report` and `history` have uploaded it, or were refused. After: the Slack adapter.
"""

from __future__ import annotations

from collections.abc import Iterator

from blocks.elements import code, context, section
from blocks.text import channel, count, escape, inline
from bot.domain.message import Message

_MOST_IN_PART = 2900
_MOST_PARTS = 4
"""Slack refuses a message whose blocks together are much longer, each within its own limit."""


def uploaded(what: str, name: str, where: str, *, thread_of: str = "") -> Message:
    """Where the file is; `what` begins the sentence: *The report of I7*."""
    place = f"the thread of {thread_of} in {channel(where)}" if thread_of else channel(where)
    words = f"{inline(what)} is in {place}, as `{inline(name, 100)}`."
    return Message(text=words, blocks=(section(words),))


def as_text(what: str, text: str, why: str) -> Message:
    """The text, cut where a message ends, and why it is no file."""
    parts = list(_parts(text))
    shown = parts[:_MOST_PARTS]
    left = sum(len(part.splitlines()) for part in parts[_MOST_PARTS:])
    cut = f" It is cut: {count(left, 'line')} more do not fit here." if left else ""
    words = f"{inline(what)} could not be uploaded ({inline(why, 300)}): here it is.{cut}"
    more = [context(f"… and {count(left, 'line')} more.")] if left else []
    return Message(text=words, blocks=(section(words), *(code(part) for part in shown), *more))


def _parts(text: str) -> Iterator[str]:
    """Whole lines, as many as one block takes; a line too long for one is cut by it."""
    part, size = "", 0
    for line in text.splitlines(keepends=True):
        length = len(escape(line))
        if part and size + length > _MOST_IN_PART:
            yield part
            part, size = "", 0
        part, size = part + line, size + length
    if part.strip():
        yield part
