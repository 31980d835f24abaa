"""Auto Scaling in memory. Before it come engine and handlers under test.

After it `production`, and the real adapter's own `scaling_calls`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bot.adapters.aws import scaling_calls
from bot.adapters.memory.aws.production import MemoryProduction
from bot.adapters.memory.aws.there import there
from bot.domain.capacity import Autoscaling, Fleet
from bot.domain.plan import Call
from bot.errors import OperationFailed
from bot.ports import Fence
from bot.topology import Colour, Group, Service


class MemoryScaling:
    """See `bot.ports.scaling.Scaling`."""

    def __init__(self, production: MemoryProduction) -> None:
        self._production = production

    async def service(self, service: Service, colour: Colour) -> Autoscaling | None:
        """As set."""
        self._production.noted("scaling.service", service=service.key, colour=colour)
        return self._production.scaled.get((service.key, colour))

    def bounds_call(
        self, service: Service, colour: Colour, *, minimum: int | None, maximum: int | None
    ) -> tuple[str, Mapping[str, Any]]:
        """The real adapter's own words."""
        cluster = self._production.clusters[service.cluster]
        return scaling_calls.bounds(cluster, service, colour, minimum=minimum, maximum=maximum)

    async def bounds(
        self,
        service: Service,
        colour: Colour,
        *,
        minimum: int | None,
        maximum: int | None,
        fence: Fence,
    ) -> None:
        """A count outside the bounds moves at once."""
        call = self.bounds_call(service, colour, minimum=minimum, maximum=maximum)
        self._begin("bounds", "application-autoscaling", call, fence)
        self._production.bound((service.key, colour), minimum, maximum)
        self._production.raise_armed("scaling.bounds", after=True)

    async def group(self, group: Group) -> Fleet:
        """As set."""
        self._production.noted("scaling.group", group=group.key)
        there(self._production.groups, group.key)
        return self._production.fleet(group.key)

    async def busy(self, group: Group, members: Collection[str]) -> frozenset[str]:
        """As set."""
        if group.busy is None or not members:
            return frozenset()
        self._production.noted("scaling.busy", group=group.key)
        return frozenset(members) & self._production.busy

    def desire_call(self, group: Group, desired: int) -> tuple[str, Mapping[str, Any]]:
        """The real adapter's own words."""
        return scaling_calls.desire(group, desired)

    async def desire(self, group: Group, desired: int, *, fence: Fence) -> None:
        """Refused outside the bounds, as in AWS."""
        self._begin("desire", "autoscaling", self.desire_call(group, desired), fence)
        state = there(self._production.groups, group.key)
        if not state.minimum <= desired <= state.maximum:
            raise OperationFailed(f"{desired} is outside {state.minimum} to {state.maximum}")
        self._production.desire(group.key, desired)
        self._production.raise_armed("scaling.desire", after=True)

    def limits_call(
        self, group: Group, *, minimum: int | None, maximum: int | None
    ) -> tuple[str, Mapping[str, Any]]:
        """The real adapter's own words."""
        return scaling_calls.limits(group, minimum=minimum, maximum=maximum)

    async def limits(
        self, group: Group, *, minimum: int | None, maximum: int | None, fence: Fence
    ) -> None:
        """A count outside the bounds moves at once."""
        call = self.limits_call(group, minimum=minimum, maximum=maximum)
        self._begin("limits", "autoscaling", call, fence)
        there(self._production.groups, group.key)
        self._production.limit(group.key, minimum, maximum)
        self._production.raise_armed("scaling.limits", after=True)

    def protect_call(
        self, group: Group, members: Collection[str], *, protected: bool
    ) -> tuple[str, Mapping[str, Any]]:
        """The real adapter's own words."""
        return scaling_calls.protect(group, members, protected=protected)

    async def protect(
        self, group: Group, members: Collection[str], *, protected: bool, fence: Fence
    ) -> None:
        """Nothing when all of them have gone."""
        here = {member.id for member in there(self._production.members, group.key)}
        left = frozenset(members) & here
        if not left:
            return
        call = self.protect_call(group, left, protected=protected)
        self._begin("protect", "autoscaling", call, fence)
        self._production.protect(group.key, left, protected=protected)
        self._production.raise_armed("scaling.protect", after=True)

    def _begin(
        self, method: str, service: str, call: tuple[str, Mapping[str, Any]], fence: Fence
    ) -> None:
        fence()
        noted = Call(service=service, action=call[0], parameters=call[1])
        self._production.noted(f"scaling.{method}", noted)
