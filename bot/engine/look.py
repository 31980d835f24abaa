"""One look at a service's live state: every part at once, none hiding another.

Before it stand the AWS ports; after it status, the rollback's plan and whoever else decides
from live state. A part that is slow or refused becomes `Missing` with the reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from bot.domain.live import ColourState, Minute, Missing, Route, ServiceState, Tasks
from bot.domain.window import window
from bot.engine.world import World
from bot.errors import ConfigurationError, OperationFailed, Temporary
from bot.ports import Aws
from bot.topology import Colour, Service

T = TypeVar("T")

NEEDS = ("traffic.routes", "traffic.targets", "containers.tasks", "metrics.minutes")
"""What a look asks of AWS, for the `needs` of operations that look."""

RUNS_NEEDS = ("traffic.routes", "containers.tasks")
"""What `runs` asks."""

PART_SECONDS = 4.0
"""How long one part may take. A person at three in the morning reads the rest meanwhile."""


async def part(awaitable: Awaitable[T], seconds: float | None = None) -> T | Missing:
    """What was read, or Missing with the reason when it failed or took longer than `seconds`, by
    default PART_SECONDS.

    Only the errors a port promises are a missing part; anything else is a bug and is raised.
    """
    seconds = PART_SECONDS if seconds is None else seconds
    try:
        async with asyncio.timeout(seconds):
            return await awaitable
    except TimeoutError:
        return Missing(reason=f"no answer within {seconds:g} s")
    except (OperationFailed, ConfigurationError) as error:
        return Missing(reason=error.message, hint=error.hint)
    except Temporary as error:
        return Missing(reason=error.message)


async def look(
    world: World, service: Service, now: datetime, seconds: float | None = None
) -> ServiceState:
    """The service as it is now, read in parallel, each part within `seconds`. Never raises for
    what AWS answers.
    """
    start, end = window(now, world.topology.metrics)
    routes, minutes, blue, green = await asyncio.gather(
        part(world.aws.traffic.routes(service), seconds),
        part(world.aws.metrics.minutes(service, start=start, end=end), seconds),
        _half(world.aws, service, Colour.BLUE, seconds),
        _half(world.aws, service, Colour.GREEN, seconds),
    )
    return ServiceState(
        service=service.key,
        read_at=now,
        routes=routes,
        colours={
            Colour.BLUE: replace(blue, minutes=_minutes(minutes, Colour.BLUE)),
            Colour.GREEN: replace(green, minutes=_minutes(minutes, Colour.GREEN)),
        },
    )


async def runs(
    world: World, service: Service
) -> tuple[tuple[Route, ...] | Missing, Mapping[Colour, Tasks | Missing]]:
    """Where traffic goes and what each colour runs: for who decides by neither health nor figures.
    Never raises for what AWS answers.
    """
    aws = world.aws
    routes, blue, green = await asyncio.gather(
        part(aws.traffic.routes(service)),
        part(aws.containers.tasks(service, Colour.BLUE)),
        part(aws.containers.tasks(service, Colour.GREEN)),
    )
    return routes, {Colour.BLUE: blue, Colour.GREEN: green}


async def _half(aws: Aws, service: Service, colour: Colour, seconds: float | None) -> ColourState:
    tasks, targets = await asyncio.gather(
        part(aws.containers.tasks(service, colour), seconds),
        part(aws.traffic.targets(service, colour), seconds),
    )
    return ColourState(tasks=tasks, targets=targets, minutes=())


def _minutes(
    read: Mapping[Colour, tuple[Minute, ...]] | Missing, colour: Colour
) -> tuple[Minute, ...] | Missing:
    """A colour CloudWatch has nothing about has no minutes: that is no data, not an error."""
    return read if isinstance(read, Missing) else tuple(read.get(colour, ()))
