"""What a deployment asks of AWS besides traffic and counts: images, revisions, errands, logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from bot.domain.release import Errand, Image, LogLine, LogPage, Revision, Rollouts
from bot.ports.fence import Fence
from bot.topology import Colour, Service


class Images(Protocol):
    """ECR. Every method raises OperationFailed("not_deployable") for a service without `deploy`."""

    async def find(self, service: Service, tag: str) -> Image | None:
        """The image of that tag in the service's repository; None when there is none."""
        ...

    async def newest(self, service: Service, limit: int = 20) -> tuple[Image, ...]:
        """The repository's tagged images, the last pushed first; one with two tags is two."""
        ...


class Rollers(Protocol):
    """ECS: which revision a colour runs and how its tasks are replaced."""

    async def revision(self, arn: str, *, container: str = "") -> Revision:
        """A revision, also an inactive one; its image is the container's of that name, without
        one the first essential's. Raises OperationFailed("not_found").
        """
        ...

    async def prepared(self, service: Service, *, template: str, image: str) -> str | None:
        """The newest ACTIVE revision whose content is `template`'s with that image; its ARN."""
        ...

    async def register(self, service: Service, *, template: str, image: str, fence: Fence) -> str:
        """Register that content as a new revision, once; its ARN. Ask `prepared` first."""
        ...

    async def rollouts(self, service: Service, colour: Colour) -> Rollouts:
        """How the colour's deployments go. Raises OperationFailed("not_found")."""
        ...

    def update_call(
        self, service: Service, colour: Colour, *, revision: str | None, desired: int | None
    ) -> tuple[str, Mapping[str, Any]]:
        """The action (`update_service`) and the parameters `update` would send."""
        ...

    async def update(
        self,
        service: Service,
        colour: Colour,
        *,
        revision: str | None = None,
        desired: int | None = None,
        fence: Fence,
    ) -> str:
        """Have the colour run this revision, this many tasks, or both, in one call; the PRIMARY
        deployment's id. What is None stays as it is: others set counts, too.
        """
        ...

    async def room(self, service: Service, colour: Colour) -> int | None:
        """How many more tasks the colour's subnets have addresses for; None when its tasks take
        none (no awsvpc network).
        """
        ...


class Errands(Protocol):
    """ECS: tasks that run once and end. `key` (at most 36 characters) makes two starts one.

    They run the service's migration: its own command, or another one in the same container.
    """

    def start_call(
        self, service: Service, colour: Colour, key: str, command: Sequence[str] = ()
    ) -> tuple[str, Mapping[str, Any]]:
        """The action (`run_task`) and the parameters `start` would send, the revision and network
        that only AWS knows left out.
        """
        ...

    async def start(
        self,
        service: Service,
        colour: Colour,
        *,
        image: str,
        key: str,
        command: Sequence[str] = (),
        fence: Fence,
    ) -> None:
        """Start it with `image` in the colour's network. A revision of the migration's family with
        that image is registered when there is none.
        """
        ...

    async def find(self, service: Service, key: str) -> Errand | None:
        """The task started with that key, running or stopped; None when ECS knows it no more."""
        ...

    async def output(
        self, service: Service, errand: Errand, *, since: datetime, limit: int = 200
    ) -> tuple[LogLine, ...]:
        """What it has written since then, oldest first; empty without a log we can read."""
        ...


class Logs(Protocol):
    """CloudWatch Logs."""

    async def search(
        self, group: str, *, pattern: str, start: datetime, end: datetime, limit: int = 100
    ) -> LogPage:
        """The first `limit` lines in [start, end) that fit the pattern."""
        ...


class Snapshots(Protocol):
    """RDS: taking a snapshot and seeing it become one."""

    async def take(
        self, database: str, name: str, *, tags: Mapping[str, str], fence: Fence
    ) -> None:
        """Begin a manual snapshot; one of that name already there is fine."""
        ...

    async def state(self, database: str, name: str) -> str | None:
        """RDS' word for it (`creating`, `available`, …); None when there is none of that name."""
        ...
