"""Twin of what stands at the status page, by incident."""

from __future__ import annotations

from dataclasses import replace

from bot.adapters.memory.climbs import tell
from bot.adapters.memory.tables import Tables
from bot.adapters.stored import clean
from bot.domain.audit import Entry
from bot.domain.incident import Happening, IncidentState
from bot.domain.post import Post, PostStatus


class MemoryPosts:
    """bot.ports.Posts."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def of(self, incident_id: int) -> Post | None:
        """The incident's post."""
        return self._tables.posts.get(incident_id)

    async def keep(
        self, incident_id: int, post: Post, *, happening: Happening, entry: Entry
    ) -> bool:
        """It stands there now; False when there is no such incident."""
        if incident_id not in self._tables.incidents:
            return False
        self._tables.append(entry, happening.at, detail={"incident": f"I{incident_id}"})
        self._tables.posts[incident_id] = replace(post, id=clean(post.id))
        tell(self._tables, incident_id, happening)
        return True

    async def outlived(self) -> tuple[int, ...]:
        """Resolved incidents whose post does not say so."""
        return tuple(
            number
            for number, post in sorted(self._tables.posts.items())
            if post.status is not PostStatus.RESOLVED
            and self._tables.incidents[number].state is IncidentState.RESOLVED
        )
