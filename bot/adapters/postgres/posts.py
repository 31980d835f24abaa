"""What stands at the status page, by incident."""

from __future__ import annotations

from bot.adapters.postgres.audit import append
from bot.adapters.postgres.pool import Pool, connected, row, rows, run, transaction
from bot.adapters.postgres.timeline import tell
from bot.adapters.stored import clean
from bot.domain.audit import Entry
from bot.domain.incident import Happening
from bot.domain.post import Post, PostStatus


class PostgresPosts:
    """bot.ports.Posts."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, incident_id: int) -> Post | None:
        """The incident's post."""
        async with connected(self._pool) as connection:
            found = await row(connection, "post_of", incident=incident_id)
        if found is None:
            return None
        return Post(id=found["id"], status=PostStatus(found["status"]))

    async def keep(
        self, incident_id: int, post: Post, *, happening: Happening, entry: Entry
    ) -> bool:
        """It stands there now; False when there is no such incident."""
        async with transaction(self._pool) as connection:
            if await row(connection, "lock_incident", id=incident_id) is None:
                return False
            params = {"incident": incident_id, "id": clean(post.id), "status": post.status}
            await run(connection, "keep_post", **params)
            await tell(connection, incident_id, happening)
            await append(connection, entry, happening.at, detail={"incident": f"I{incident_id}"})
        return True

    async def outlived(self) -> tuple[int, ...]:
        """Resolved incidents whose post does not say so."""
        async with connected(self._pool) as connection:
            return tuple(one["incident"] for one in await rows(connection, "outlived_posts"))
