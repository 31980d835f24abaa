"""ECS' one-off tasks in memory. Before it come engine and handlers under test.

After it `production`, and the real adapter's own `definitions` and `calls`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.adapters.aws import calls, definitions
from bot.adapters.aws.deployables import commanded, migration
from bot.adapters.aws.revisions import LOOKED_AT
from bot.adapters.memory.aws.production import MemoryProduction
from bot.adapters.memory.aws.there import there
from bot.domain.plan import Call
from bot.domain.release import Errand, LogLine
from bot.errors import OperationFailed
from bot.ports import Fence
from bot.topology import Colour, Migration, Service


class MemoryErrands:
    """See `bot.ports.Errands`."""

    def __init__(self, production: MemoryProduction) -> None:
        self._production = production

    def start_call(
        self,
        service: Service,
        colour: Colour,
        key: str,
        command: Sequence[str] = (),
    ) -> tuple[str, Mapping[str, Any]]:
        """The real adapter's own words."""
        wanted = commanded(migration(service), command)
        return calls.run_task(self._production.clusters[service.cluster], wanted, key)

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
        """Comes to what `errand_ends` and `errand_says` say."""
        wanted = commanded(migration(service), command)
        there(self._production.tasks, (service.key, colour))
        revision, container = self._revision(wanted, image, fence)
        action, parameters = self.start_call(service, colour, key, command)
        exact = calls.run_task_as(
            parameters, wanted, revision=revision, container=container, like={}
        )
        fence()
        self._production.noted(
            "errands.start", Call(service="ecs", action=action, parameters=exact)
        )
        self._production.start_errand(key, wanted.command)
        self._production.raise_armed("errands.start", after=True)

    async def find(self, service: Service, key: str) -> Errand | None:
        """As it stands."""
        migration(service)
        self._production.noted("errands.find", key=key)
        return self._production.listed_errand(key)

    async def output(
        self, service: Service, errand: Errand, *, since: datetime, limit: int = 200
    ) -> tuple[LogLine, ...]:
        """What is in `written`."""
        migration(service)
        self._production.noted("errands.output", errand=errand.arn)
        keys = [key for key, each in self._production.errands.items() if each.arn == errand.arn]
        lines = [line for key in keys for line in self._production.written.get(key, [])]
        return tuple(line for line in lines if line.at >= since)[:limit]

    def _revision(self, wanted: Migration, image: str, fence: Fence) -> tuple[str, str]:
        family = self._production.family(wanted.family)[:LOOKED_AT]
        for arn in family:
            known = self._production.revisions[arn]
            if definitions.image_of(known, wanted.container) == image:
                return arn, _container(known, wanted)
        if not family:
            raise OperationFailed(f"{wanted.family}: no task definition", code="not_found")
        newest = self._production.revisions[family[0]]
        content = definitions.rendered(
            newest, newest.get("tags", []), container=wanted.container, image=image
        )
        fence()
        self._production.noted(
            "errands.register",
            Call(service="ecs", action="register_task_definition", parameters=content),
        )
        return self._production.registered(content), _container(content, wanted)


def _container(definition: Mapping[str, Any], wanted: Migration) -> str:
    name: str = definitions.main_container(definition["containerDefinitions"], wanted.container)[
        "name"
    ]
    return name
