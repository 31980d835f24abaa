"""What runs in a memory production and what could: images, revisions, tasks and their rollouts.

Before it come tests, which set and read it, and `writing`; after it the twins. Definitions are
held as ECS describes them and rendered by the real adapter's own pure `definitions`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.adapters.aws import definitions
from bot.adapters.memory.aws.definition import definition_of
from bot.domain.live import Deployment, Missing, Tasks
from bot.domain.release import Image, RolloutState
from bot.topology import Colour, Service, Topology

ACCOUNT = "123456789012"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
VERSIONS = {Colour.GREEN: "v1.4.1", Colour.BLUE: "v1.4.2"}
Half = tuple[str, Colour]
"""A service's key and a colour."""


class Running:
    """See `MemoryProduction`. Everything public may be set.

    `images` go by repository, `revisions` by ARN; `tasks`, `failed_tasks`, `events` and `rooms` by
    (service key, colour). What an update comes to is set before it: `rollout_ends`, IN_PROGRESS
    until `end_rollout`. A family's list has a revision `families_listed_after` its registration.
    """

    def __init__(self, topology: Topology, now: Callable[[], datetime] | None = None) -> None:
        self._region = topology.studio.region
        self.clusters = topology.clusters
        self.now = now or (lambda: LONG_AGO)
        self.revisions: dict[str, dict[str, Any]] = {}
        self.images: dict[str, list[Image]] = {}
        self.tasks: dict[Half, Tasks] = {}
        self.failed_tasks: dict[Half, int] = {}
        self.events: dict[Half, list[str]] = {}
        self.stopped: dict[Half, list[str] | Missing] = {}
        self.rooms: dict[Half, int | None] = {}
        self.rollout_ends = RolloutState.COMPLETED
        self.families_listed_after = timedelta()
        self._rolled = 0
        for service in topology.services.values():
            self._seed(service)

    def arn(self, service: str, name: str) -> str:
        """An ARN of this account and region."""
        return f"arn:aws:{service}:{self._region}:{ACCOUNT}:{name}"

    def push(self, repository: str, tag: str, pushed_at: datetime | None = None) -> Image:
        """Make the registry have an image of that tag, pushed now."""
        digest = hashlib.sha256(f"{repository}:{tag}".encode()).hexdigest()
        image = Image(
            uri=self._uri(repository, tag),
            tag=tag,
            digest=f"sha256:{digest}",
            pushed_at=pushed_at or self.now(),
        )
        self.images.setdefault(repository, []).append(image)
        return image

    def running(self, service: Service, version: str, *, desired: int = 3) -> Tasks:
        """Tasks of a version, all running, its one deployment completed."""
        image = self._uri(_repository(service), version)
        known = (arn for arn in self.family(service.key) if self._image(service, arn) == image)
        definition = next(known, None) or self.registered(
            definition_of(service, service.key, image, self._region)
        )
        return Tasks(
            desired=desired,
            running=desired,
            pending=0,
            task_definition=definition,
            image=image,
            deployments=(
                Deployment(
                    id=f"ecs-svc/{service.key}-{version}",
                    status="PRIMARY",
                    rollout=RolloutState.COMPLETED,
                    task_definition=definition,
                    created_at=LONG_AGO,
                ),
            ),
        )

    def family(self, name: str) -> list[str]:
        """The ARNs of a family's ACTIVE revisions, the newest first."""
        found = [
            each
            for each in self.revisions.values()
            if (each["family"], each["status"]) == (name, "ACTIVE")
            and each["registeredAt"] + self.families_listed_after <= self.now()
        ]
        return [
            each["taskDefinitionArn"]
            for each in sorted(found, key=lambda each: int(each["revision"]), reverse=True)
        ]

    def registered(self, content: Mapping[str, Any]) -> str:
        """Keep a definition as a new revision, with what ECS adds; its ARN."""
        family = content["family"]
        revision = 1 + sum(each["family"] == family for each in self.revisions.values())
        arn = self.arn("ecs", f"task-definition/{family}:{revision}")
        self.revisions[arn] = {
            **content,
            "taskDefinitionArn": arn,
            "revision": revision,
            "status": "ACTIVE",
            "compatibilities": ["EC2", "FARGATE"],
            "registeredAt": self.now(),
        }
        return arn

    def roll(
        self,
        service: Service,
        colour: Colour,
        revision: str | None = None,
        desired: int | None = None,
    ) -> str:
        """What UpdateService comes to; the PRIMARY deployment's id."""
        half, old = (service.key, colour), self.tasks[service.key, colour]
        new = replace(old, desired=old.desired if desired is None else desired)
        if revision is None or revision == old.task_definition:
            waits = self.rollout_ends is not RolloutState.COMPLETED
            running = new.running if waits else new.desired
            self.tasks[half] = replace(new, running=running, pending=max(0, new.desired - running))
            return old.deployments[0].id
        self._rolled += 1
        newest = Deployment(
            id=f"ecs-svc/{service.key}-{colour}-{self._rolled}",
            status="PRIMARY",
            rollout=RolloutState.IN_PROGRESS,
            task_definition=revision,
            created_at=self.now(),
        )
        older = (replace(each, status="ACTIVE") for each in old.deployments)
        self.failed_tasks[half] = 0
        self.tasks[half] = replace(
            new,
            pending=new.desired,
            task_definition=revision,
            image=self._image(service, revision),
            deployments=(newest, *older),
        )
        self.end_rollout(service, colour, self.rollout_ends)
        return newest.id

    def end_rollout(
        self, service: Service, colour: Colour, state: RolloutState, *, rolled_back: bool = False
    ) -> None:
        """Let a colour's newest deployment stand so: COMPLETED replaces the older ones; FAILED is
        the circuit breaker's, which goes back to the last one by a deployment of its own when told.
        """
        half, tasks = (service.key, colour), self.tasks[service.key, colour]
        newest, older = replace(tasks.deployments[0], rollout=state), tasks.deployments[1:]
        if state is RolloutState.COMPLETED:
            tasks, older = replace(tasks, running=tasks.desired, pending=0), ()
        if state is RolloutState.FAILED:
            tasks = replace(tasks, pending=0)
            self.failed_tasks[half] = self.failed_tasks.get(half) or 3
        self.tasks[half] = replace(tasks, deployments=(newest, *older))
        if rolled_back:
            ends, self.rollout_ends = self.rollout_ends, RolloutState.COMPLETED
            self.roll(service, colour, older[0].task_definition)
            self.rollout_ends = ends

    def _seed(self, service: Service) -> None:
        repository = _repository(service)
        if repository not in self.images:
            for days, version in enumerate(("v1.4.0", "v1.4.1", "v1.4.2")):
                self.push(repository, version, LONG_AGO + timedelta(days=days))
        for colour, version in VERSIONS.items():
            self.tasks[service.key, colour] = self.running(service, version)
            self.rooms[service.key, colour] = 200
        if service.deploy is not None and service.deploy.migration is not None:
            image = self._uri(repository, VERSIONS[Colour.GREEN])
            family = service.deploy.migration.family
            self.registered(definition_of(service, family, image, self._region))

    def _uri(self, repository: str, tag: str) -> str:
        return f"{ACCOUNT}.dkr.ecr.{self._region}.amazonaws.com/{repository}:{tag}"

    def _image(self, service: Service, arn: str) -> str:
        container = service.deploy.container if service.deploy is not None else ""
        return definitions.shown_image(self.revisions[arn], container)


def _repository(service: Service) -> str:
    return service.deploy.repository if service.deploy is not None else service.key
