"""Putting a file where everybody sees it, or knowing why not.

Before: a command that has written one. After: its answer says where it is, or shows it.
"""

from __future__ import annotations

from bot.engine.world import World
from bot.errors import OperationFailed


async def share(
    world: World, *, channel: str, thread: str | None = None, name: str, text: str, title: str
) -> str:
    """Upload a text; why the app may not, for people, empty when it is there. Raises Temporary."""
    try:
        await world.chat.upload(
            channel=channel, thread=thread, name=name, content=text.encode(), title=title
        )
    except OperationFailed as refusal:
        return f"{refusal.message}. {refusal.hint}".strip()
    return ""
