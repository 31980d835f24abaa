"""The answer to `/filmops incident report`: where the file is, or the report itself as text.

Before: the handler has uploaded it, or was refused. After: the Slack adapter.
"""

from __future__ import annotations

from collections.abc import Iterator

from blocks.elements import code, context, section
from blocks.text import channel, count, escape, inline
from bot.domain.message import Message

_MOST_IN_PART = 2900
_MOST_PARTS = 4
"""Slack refuses a message whose blocks together are much longer, each within its own limit."""


def uploaded(incident: str, name: str, where: str, *, in_thread: bool) -> Message:
    """Where the file is."""
    place = f"the thread of {incident} in {channel(where)}" if in_thread else channel(where)
    words = f"The report of {incident} is in {place}, as `{inline(name, 100)}`."
    return Message(text=words, blocks=(section(words),))


def as_text(incident: str, report: str, why: str) -> Message:
    """The report, cut where a message ends, and why it is no file."""
    parts = list(_parts(report))
    shown = parts[:_MOST_PARTS]
    left = sum(len(part.splitlines()) for part in parts[_MOST_PARTS:])
    cut = f" It is cut: {count(left, 'line')} more do not fit here." if left else ""
    words = f"The report of {incident} could not be uploaded ({inline(why, 300)}): here it is.{cut}"
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
