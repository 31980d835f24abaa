"""The twin of `bot.adapters.statuspage`: a status page in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain.post import PostStatus, Words
from bot.errors import FilmOpsError, OperationFailed


@dataclass(slots=True)
class MemoryStatusPage:
    """See `bot.ports.StatusPage`. `posts` is what was said in each, oldest first."""

    posts: dict[str, list[Words]] = field(default_factory=dict)
    failing: FilmOpsError | None = None
    """Raised once, by the next call, before it does anything."""

    async def find(self, incident: str) -> str | None:
        """The id of the unresolved post of our incident."""
        self._break()
        for post, said in self.posts.items():
            if said[-1].incident == incident and said[-1].status is not PostStatus.RESOLVED:
                return post
        return None

    async def open(self, words: Words) -> str:
        """Publish a new post and return its id."""
        self._break()
        post = f"post{len(self.posts) + 1}"
        self.posts[post] = [words]
        return post

    async def update(self, post: str, words: Words) -> None:
        """Say more in a post."""
        self._break()
        if post not in self.posts:
            raise OperationFailed("Status page: status 404", code="404")
        self.posts[post].append(words)

    def _break(self) -> None:
        fault, self.failing = self.failing, None
        if fault is not None:
            raise fault
