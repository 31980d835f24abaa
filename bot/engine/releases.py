"""Reading what `/filmops releases` shows: all parts at once, none hiding another.

Before: the handler has a service that can be deployed. After: `blocks.releases`.
"""

from __future__ import annotations

import asyncio

from bot.domain.releases import ReleasesView, Running
from bot.engine.look import part
from bot.engine.world import World
from bot.topology import Colour, Service

IMAGES = 20
"""Of the registry, the newest."""

CHANGES = 200
"""How far back in the change log a version's deployment is looked for."""


async def releases(world: World, service: Service) -> ReleasesView:
    """Registry, both colours, change log and staging, each within four seconds."""
    images, changes, running, staging = await asyncio.gather(
        part(world.aws.images.newest(service, IMAGES)),
        part(world.store.runs.changes(resource=service.resource, limit=CHANGES)),
        _running(world, service),
        _staging(world, service),
    )
    return ReleasesView(images=images, running=running, changes=changes, staging=staging)


async def _staging(world: World, service: Service) -> tuple[str, Running] | None:
    key = service.deploy.staging if service.deploy is not None else None
    if key is None:
        return None
    return key, await _running(world, world.topology.services[key])


async def _running(world: World, service: Service) -> Running:
    routes, blue, green = await asyncio.gather(
        part(world.aws.traffic.routes(service)),
        part(world.aws.containers.tasks(service, Colour.BLUE)),
        part(world.aws.containers.tasks(service, Colour.GREEN)),
    )
    return Running(routes=routes, colours={Colour.BLUE: blue, Colour.GREEN: green})
