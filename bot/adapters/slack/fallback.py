"""The same message, plainer, for a workspace that refused its blocks.

Newer blocks (plan, table, …) are not everywhere: they become plain sections and the rest,
buttons above all, stays. If only old blocks were there to refuse, the text alone is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.message import Message

_OLD = frozenset({"actions", "context", "divider", "header", "image", "section"})
_SECTION_LIMIT = 3000


def plainer(message: Message) -> Message:
    """The message without newer blocks; without any blocks but its text if it had none."""
    kinds = {str(block.get("type")) for block in message.blocks}
    if kinds <= _OLD:
        return Message(text=message.text, blocks=(_section(message.text),))
    blocks = tuple(
        block if block.get("type") in _OLD else _section(_words(block) or message.text)
        for block in message.blocks
    )
    return Message(text=message.text, blocks=blocks)


def _words(block: Mapping[str, Any]) -> str:
    """A plan as lines of text; nothing of blocks whose shape we do not know."""
    tasks = block.get("tasks")
    if not isinstance(tasks, list | tuple):
        return ""
    lines = [str(block.get("title", ""))]
    for task in tasks:
        lines.append(f"[{task.get('status', '')}] {task.get('title', '')}")
        lines.append("    " + _rich(task.get("details")))
    return "\n".join(line for line in lines if line.strip())


def _rich(value: Any) -> str:
    """The text of a rich_text block, however deep."""
    if isinstance(value, Mapping):
        own = value.get("text")
        return own if isinstance(own, str) else _rich(value.get("elements"))
    if isinstance(value, list | tuple):
        return "".join(_rich(item) for item in value)
    return ""


def _section(text: str) -> Mapping[str, Any]:
    # plain_text: nothing in it can become a mention or a link.
    return {"type": "section", "text": {"type": "plain_text", "text": text[:_SECTION_LIMIT]}}
