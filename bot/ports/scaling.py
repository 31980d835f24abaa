"""What scaling asks of AWS: how much runs, who else decides about it, and changing both.

Tasks of a colour are set by `Rollers.update`. Every change is one call, sent once; its `*_call`
twin gives the action and the parameters that a plan shows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from bot.domain.capacity import Autoscaling, Fleet
from bot.ports.fence import Fence
from bot.topology import Colour, Group, Service


class Scaling(Protocol):
    """Application Auto Scaling of ECS services, and EC2 Auto Scaling groups."""

    async def service(self, service: Service, colour: Colour) -> Autoscaling | None:
        """The colour's scalable target with its policies; None when there is none."""
        ...

    def bounds_call(
        self, service: Service, colour: Colour, *, minimum: int | None, maximum: int | None
    ) -> tuple[str, Mapping[str, Any]]:
        """`register_scalable_target`; a bound that is None stays."""
        ...

    async def bounds(
        self,
        service: Service,
        colour: Colour,
        *,
        minimum: int | None,
        maximum: int | None,
        fence: Fence,
    ) -> None:
        """Set a colour's bounds. AWS moves a count that is outside them."""
        ...

    async def group(self, group: Group) -> Fleet:
        """The group with its instances and policies. Raises OperationFailed("not_found")."""
        ...

    async def busy(self, group: Group, members: Collection[str]) -> frozenset[str]:
        """Which of these instances run jobs, by the topology's `busy`; none when it has no such.

        One that CloudWatch knows nothing of in that time counts as busy.
        """
        ...

    def desire_call(self, group: Group, desired: int) -> tuple[str, Mapping[str, Any]]:
        """`set_desired_capacity`."""
        ...

    async def desire(self, group: Group, desired: int, *, fence: Fence) -> None:
        """Have the group come to so many. AWS refuses what is outside its bounds."""
        ...

    def limits_call(
        self, group: Group, *, minimum: int | None, maximum: int | None
    ) -> tuple[str, Mapping[str, Any]]:
        """`update_auto_scaling_group`; a bound that is None stays."""
        ...

    async def limits(
        self, group: Group, *, minimum: int | None, maximum: int | None, fence: Fence
    ) -> None:
        """Set the group's bounds. AWS moves a desired count that is outside them."""
        ...

    def protect_call(
        self, group: Group, members: Collection[str], *, protected: bool
    ) -> tuple[str, Mapping[str, Any]]:
        """`set_instance_protection` of the first fifty: AWS takes no more at a time."""
        ...

    async def protect(
        self, group: Group, members: Collection[str], *, protected: bool, fence: Fence
    ) -> None:
        """Keep these instances from being scaled in, or no longer. Those that have gone are left
        out.
        """
        ...
