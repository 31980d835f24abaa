"""What scaling, restores and the drill ask of RDS besides status and snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from bot.domain.instance import Instance, Network
from bot.ports.fence import Fence


class Instances(Protocol):
    """RDS instances by identifier. Every change is one call, sent once; its `*_call` twin gives the
    action and parameters that a plan shows.
    """

    async def find(self, name: str) -> Instance | None:
        """The instance; None when there is none of that name."""
        ...

    async def tagged(self, tag: tuple[str, str]) -> tuple[Instance, ...]:
        """Every instance that carries exactly that tag, by name."""
        ...

    async def classes(self, name: str) -> tuple[str, ...]:
        """The classes its engine can be changed to here, in the order of the catalogue."""
        ...

    def resize_call(
        self, name: str, instance_class: str, *, now: bool
    ) -> tuple[str, Mapping[str, Any]]:
        """`modify_db_instance` for the class; `now` applies every other pending change, too."""
        ...

    async def resize(self, name: str, instance_class: str, *, now: bool, fence: Fence) -> None:
        """Change the class at once or in the maintenance window."""
        ...

    def replicate_call(
        self, source: str, name: str, *, instance_class: str, zone: str | None
    ) -> tuple[str, Mapping[str, Any]]:
        """`create_db_instance_read_replica`, tagged as ours."""
        ...

    async def replicate(
        self, source: str, name: str, *, instance_class: str, zone: str | None, fence: Fence
    ) -> None:
        """Make a read replica; one of that name already there is fine if it copies `source`."""
        ...

    def restore_call(
        self, snapshot: str, name: str, *, network: Network, tags: Mapping[str, str]
    ) -> tuple[str, Mapping[str, Any]]:
        """`restore_db_instance_from_db_snapshot` into the source's network, never in place."""
        ...

    async def restore(
        self,
        snapshot: str,
        name: str,
        *,
        network: Network,
        tags: Mapping[str, str],
        fence: Fence,
    ) -> None:
        """Make a new instance from a snapshot; one already there is fine if its tags are ours."""
        ...

    def remove_call(self, name: str) -> tuple[str, Mapping[str, Any]]:
        """`delete_db_instance`, without a final snapshot."""
        ...

    async def remove(self, name: str, *, tag: tuple[str, str], fence: Fence) -> None:
        """Delete an instance without a final snapshot; one that is on its way out is fine. Raises
        Refused("not_ours") when it does not carry exactly that tag: looked at in the same breath,
        whatever the caller believes.
        """
        ...
