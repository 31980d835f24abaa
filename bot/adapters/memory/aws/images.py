"""ECR in memory. Before it come engine and handlers under test; after it `production`."""

from __future__ import annotations

from bot.adapters.aws.deployables import deployable
from bot.adapters.memory.aws.production import MemoryProduction
from bot.adapters.memory.aws.there import there
from bot.domain.release import Image
from bot.topology import Service


class MemoryImages:
    """See `bot.ports.Images`."""

    def __init__(self, production: MemoryProduction) -> None:
        self._production = production

    async def find(self, service: Service, tag: str) -> Image | None:
        """The last one set of that tag."""
        repository = deployable(service).repository
        self._production.noted("images.find", repository=repository, tag=tag)
        images = there(self._production.images, repository)
        return next((image for image in reversed(images) if image.tag == tag), None)

    async def newest(self, service: Service, limit: int = 20) -> tuple[Image, ...]:
        """By the time set."""
        repository = deployable(service).repository
        self._production.noted("images.newest", repository=repository)
        images = there(self._production.images, repository)
        newest = sorted(images, key=lambda image: (image.pushed_at, image.tag), reverse=True)
        return tuple(newest[:limit])
