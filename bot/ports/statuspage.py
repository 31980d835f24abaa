"""The public status page, and what we know to stand there."""

from __future__ import annotations

from typing import Protocol

from bot.domain.audit import Entry
from bot.domain.incident import Happening
from bot.domain.post import Post, Words


class StatusPage(Protocol):
    """The public status page, one attempt a call; retrying is the caller's."""

    async def find(self, incident: str) -> str | None:
        """The id of the unresolved post of our incident `I7`: looked at before opening one."""
        ...

    async def open(self, words: Words) -> str:
        """Publish a new post and return its id."""
        ...

    async def update(self, post: str, words: Words) -> None:
        """Say more in a post, and how far it is now."""
        ...


class Posts(Protocol):
    """Which posts stand at the status page, by incident."""

    async def of(self, incident_id: int) -> Post | None:
        """The incident's post."""
        ...

    async def keep(
        self, incident_id: int, post: Post, *, happening: Happening, entry: Entry
    ) -> bool:
        """It stands there now; False when there is no such incident. One transaction with its
        audit row and its line in the timeline and the thread.
        """
        ...

    async def outlived(self) -> tuple[int, ...]:
        """Resolved incidents whose post does not say so."""
        ...
