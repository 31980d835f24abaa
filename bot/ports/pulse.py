"""Signs of life: kept in the store for all processes to see, and told to a service outside."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Pulse(Protocol):
    """When which process last finished a cycle of what, by the database's clock."""

    async def beat(self, name: str, owner: str, now: datetime) -> None:
        """`owner` has finished a cycle of `name`. Owners silent for a week are forgotten."""
        ...

    async def last(self, name: str) -> datetime | None:
        """The newest beat of that name, of whichever owner; None when there is none."""
        ...

    async def turn(self, name: str, *, since: datetime, now: datetime) -> bool:
        """Take what is done once by all processes together; False when somebody has since then.

        A name is taken by turns or beaten, not both.
        """
        ...


class Heartbeat(Protocol):
    """A service outside that calls for help when it does not hear from us."""

    async def beat(self) -> None:
        """Say that all is well. Raises Temporary when that did not arrive."""
        ...
