"""ECS' revisions and rollouts in memory. Before it come engine and handlers under test.

After it `production`, and the real adapter's own `definitions` and `calls`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.adapters.aws import calls, definitions
from bot.adapters.aws.deployables import deployable
from bot.adapters.aws.revisions import LOOKED_AT
from bot.adapters.memory.aws.production import MemoryProduction
from bot.adapters.memory.aws.there import there
from bot.domain.live import Deployment, Missing, Tasks
from bot.domain.plan import Call
from bot.domain.release import Revision, Rollout, Rollouts, RolloutState
from bot.errors import OperationFailed
from bot.ports import Fence
from bot.topology import Colour, Service


class MemoryRollers:
    """See `bot.ports.Rollers`."""

    def __init__(self, production: MemoryProduction) -> None:
        self._production = production

    async def revision(self, arn: str, *, container: str = "") -> Revision:
        """As registered."""
        self._production.noted("rollers.revision", arn=arn)
        return definitions.as_revision(there(self._production.revisions, arn), container)

    async def prepared(self, service: Service, *, template: str, image: str) -> str | None:
        """By the real adapter's own comparison."""
        self._production.noted("rollers.prepared", template=template, image=image)
        wanted = self._rendered(service, template, image)
        for arn in self._production.family(wanted["family"])[:LOOKED_AT]:
            if definitions.same(self._production.revisions[arn], wanted):
                return arn
        return None

    async def register(self, service: Service, *, template: str, image: str, fence: Fence) -> str:
        """A new revision with every call, as in ECS."""
        content = self._rendered(service, template, image)
        fence()
        call = Call(service="ecs", action="register_task_definition", parameters=content)
        self._production.noted("rollers.register", call)
        arn = self._production.registered(content)
        self._production.raise_armed("rollers.register", after=True)
        return arn

    async def rollouts(self, service: Service, colour: Colour) -> Rollouts:
        """Of the tasks as they are."""
        self._production.noted("rollers.rollouts", service=service.key, colour=colour)
        half = (service.key, colour)
        tasks = there(self._production.tasks, half)
        failed = self._production.failed_tasks.get(half, 0)
        stopped = self._production.stopped.get(half, [])
        return Rollouts(
            desired=tasks.desired,
            running=tasks.running,
            rollouts=tuple(_rollout(each, tasks, failed) for each in tasks.deployments),
            events=tuple(self._production.events.get(half, ())),
            stopped=stopped if isinstance(stopped, Missing) else tuple(stopped),
        )

    def update_call(
        self, service: Service, colour: Colour, *, revision: str | None, desired: int | None
    ) -> tuple[str, Mapping[str, Any]]:
        """The real adapter's own words."""
        cluster = self._production.clusters[service.cluster]
        return calls.update_service(cluster, service, colour, revision=revision, desired=desired)

    async def update(
        self,
        service: Service,
        colour: Colour,
        *,
        revision: str | None = None,
        desired: int | None = None,
        fence: Fence,
    ) -> str:
        """Comes to what `rollout_ends` says."""
        action, parameters = self.update_call(service, colour, revision=revision, desired=desired)
        fence()
        call = Call(service="ecs", action=action, parameters=parameters)
        self._production.noted("rollers.update", call)
        there(self._production.tasks, (service.key, colour))
        if revision is not None and self._state(revision) != "ACTIVE":
            raise OperationFailed(f"AWS ecs:UpdateService: {revision} is inactive")
        primary = self._production.roll(service, colour, revision, desired)
        self._production.raise_armed("rollers.update", after=True)
        return primary

    async def room(self, service: Service, colour: Colour) -> int | None:
        """As set."""
        self._production.noted("rollers.room", service=service.key, colour=colour)
        return there(self._production.rooms, (service.key, colour))

    def _rendered(self, service: Service, template: str, image: str) -> dict[str, Any]:
        container = deployable(service).container
        found = there(self._production.revisions, template)
        return definitions.rendered(found, found.get("tags", []), container=container, image=image)

    def _state(self, revision: str) -> str:
        state: str = self._production.revisions.get(revision, {}).get("status", "INACTIVE")
        return state


def _rollout(deployment: Deployment, tasks: Tasks, failed: int) -> Rollout:
    """Tasks that run are the last completed deployment's."""
    primary = deployment.status == "PRIMARY"
    done = deployment.rollout == RolloutState.COMPLETED
    return Rollout(
        id=deployment.id,
        primary=primary,
        state=RolloutState(deployment.rollout),
        reason=f"ECS deployment {deployment.id} {deployment.rollout.lower().replace('_', ' ')}.",
        task_definition=deployment.task_definition,
        desired=tasks.desired if primary else 0,
        running=tasks.running if done else 0,
        pending=tasks.pending if primary else 0,
        failed=failed if primary else 0,
        created_at=deployment.created_at,
    )
