"""The first six twins of `bot.adapters.aws` over one `MemoryProduction`.

Before it come engine and handlers under test; after it `production`. tests/contract runs one
suite on these and on the real adapters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.adapters.aws import forwards
from bot.adapters.memory.aws.production import MemoryProduction
from bot.adapters.memory.aws.there import there
from bot.domain.live import (
    DatabaseState,
    GroupState,
    Minute,
    QueueState,
    Route,
    Snapshot,
    Targets,
    Tasks,
)
from bot.domain.plan import Call
from bot.errors import OperationFailed
from bot.ports import Fence
from bot.topology import Colour, Database, Group, Queue, Service


class MemoryTraffic:
    """See `bot.ports.Traffic`."""

    def __init__(self, production: MemoryProduction) -> None:
        self._production = production

    async def routes(self, service: Service) -> tuple[Route, ...]:
        """As they are now."""
        self._production.noted("traffic.routes", service=service.key)
        return tuple(there(self._production.routes, service.key))

    def call_for(
        self, route: Route, weights: Mapping[Colour, int]
    ) -> tuple[str, Mapping[str, Any]]:
        """The real adapter's own words."""
        service, _ = self._live(route)
        return forwards.call_for(route, self._production.group_arns(service), weights)

    async def set_weights(
        self, route: Route, weights: Mapping[Colour, int], *, fence: Fence
    ) -> None:
        """Changes the live route; what else moved there meanwhile is overwritten, as in AWS."""
        action, parameters = self.call_for(route, weights)
        fence()
        call = Call(service="elbv2", action=action, parameters=parameters)
        self._production.noted("traffic.set_weights", call)
        service, position = self._live(route)
        self._production.routes[service][position] = self._production.reweighted(
            route, service, weights
        )
        self._production.raise_armed("traffic.set_weights", after=True)

    async def targets(self, service: Service, colour: Colour) -> Targets:
        """As set."""
        self._production.noted("traffic.targets", service=service.key, colour=colour)
        return there(self._production.targets, (service.key, colour))

    def _live(self, route: Route) -> tuple[str, int]:
        """Whose route it is, and where."""
        for service, routes in self._production.routes.items():
            for position, live in enumerate(routes):
                if live.arn == route.arn:
                    return service, position
        raise OperationFailed(f"{route.label}: its target groups are not known", code="unread")


class MemoryContainers:
    """See `bot.ports.Containers`."""

    def __init__(self, production: MemoryProduction) -> None:
        self._production = production

    async def tasks(self, service: Service, colour: Colour) -> Tasks:
        """As set."""
        self._production.noted("containers.tasks", service=service.key, colour=colour)
        return there(self._production.tasks, (service.key, colour))


class MemoryMetrics:
    """See `bot.ports.Metrics`."""

    def __init__(self, production: MemoryProduction) -> None:
        self._production = production

    async def minutes(
        self, service: Service, *, start: datetime, end: datetime
    ) -> Mapping[Colour, tuple[Minute, ...]]:
        """Those set that start in [start, end), in order."""
        self._production.noted("metrics.minutes", service=service.key)
        return self._set(service, start, end)

    async def minutes_of(
        self, services: Sequence[Service], *, start: datetime, end: datetime
    ) -> Mapping[str, Mapping[Colour, tuple[Minute, ...]]]:
        """The same of those that are there."""
        self._production.noted("metrics.minutes_of", services=" ".join(s.key for s in services))
        there = {key for key, _ in self._production.minutes}
        return {s.key: self._set(s, start, end) for s in services if s.key in there}

    def _set(
        self, service: Service, start: datetime, end: datetime
    ) -> dict[Colour, tuple[Minute, ...]]:
        found = {
            colour: there(self._production.minutes, (service.key, colour)) for colour in Colour
        }
        return {
            colour: tuple(
                sorted(
                    (minute for minute in minutes if start <= minute.start < end),
                    key=lambda minute: minute.start,
                )
            )
            for colour, minutes in found.items()
        }


class MemoryDatabases:
    """See `bot.ports.Databases`."""

    def __init__(self, production: MemoryProduction) -> None:
        self._production = production

    async def state(self, database: Database) -> DatabaseState:
        """As set."""
        self._production.noted("databases.state", database=database.key)
        return there(self._production.databases, database.key)

    async def snapshots(self, database: Database) -> tuple[Snapshot, ...]:
        """The available ones of those set, newest first; none for a name nobody knows."""
        self._production.noted("databases.snapshots", database=database.key)
        found = (
            each
            for each in self._production.snapshots.get(database.key, [])
            if each.status == "available"
        )
        return tuple(sorted(found, key=lambda each: each.created_at, reverse=True))


class MemoryQueues:
    """See `bot.ports.Queues`."""

    def __init__(self, production: MemoryProduction) -> None:
        self._production = production

    async def state(self, queue: Queue) -> QueueState:
        """As set."""
        self._production.noted("queues.state", queue=queue.key)
        return there(self._production.queues, queue.key)


class MemoryGroups:
    """See `bot.ports.Groups`."""

    def __init__(self, production: MemoryProduction) -> None:
        self._production = production

    async def state(self, group: Group) -> GroupState:
        """As set."""
        self._production.noted("groups.state", group=group.key)
        return there(self._production.groups, group.key)
