"""ECS: a task that runs once, here a service's migration: started, found again, heard.

Before it come a deployment's steps; after it `revisions`, `calls`, `logs` and AWS. The key is
`startedBy`, by which the task is found, and `clientToken`, by which ECS makes two starts one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from bot.adapters.aws import calls, definitions
from bot.adapters.aws.deployables import commanded, migration
from bot.adapters.aws.faults import missing, told
from bot.adapters.aws.logs import milliseconds, read_lines
from bot.adapters.aws.one_off import errand_of, not_started, stream_of
from bot.adapters.aws.revisions import Described, Revisions
from bot.adapters.aws.services import described
from bot.adapters.aws.session import AwsClients
from bot.domain.release import Errand, LogLine
from bot.errors import OperationFailed
from bot.ports import Fence
from bot.topology import Colour, Migration, Service, Topology

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskTypeDef


class AwsErrands:
    """bot.ports.Errands on ECS. Raises OperationFailed("not_deployable") without a migration."""

    def __init__(self, clients: AwsClients, topology: Topology) -> None:
        self._clients = clients
        self._clusters = topology.clusters
        self._region = clients.region
        self._revisions = Revisions(clients)

    def start_call(
        self,
        service: Service,
        colour: Colour,  # noqa: ARG002 - it decides the network, which only AWS knows
        key: str,
        command: Sequence[str] = (),
    ) -> tuple[str, Mapping[str, Any]]:
        """The container's name is left out, too, when the topology does not give it."""
        wanted = commanded(migration(service), command)
        return calls.run_task(self._clusters[service.cluster], wanted, key)

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
        """At most two requests that change something, neither repeated here.

        After Temporary the task may or may not run: `find` it before starting it again.
        """
        wanted = commanded(migration(service), command)
        await self._clients.run(self._start, service, colour, image, key, wanted, fence)

    async def find(self, service: Service, key: str) -> Errand | None:
        """ECS knows a stopped task for about an hour."""
        return await self._clients.run(self._find, service, key)

    async def output(
        self, service: Service, errand: Errand, *, since: datetime, limit: int = 200
    ) -> tuple[LogLine, ...]:
        """The container's stream by `awslogs`: `prefix/container/task`."""
        return await self._clients.run(self._output, service, errand, since, limit)

    def _start(  # noqa: PLR0917 - what `start` is given
        self,
        service: Service,
        colour: Colour,
        image: str,
        key: str,
        wanted: Migration,
        fence: Fence,
    ) -> None:
        cluster = self._clusters[service.cluster]
        like = described(self._clients, cluster, service.colours[colour].ecs_service)
        revision, container = self._revision(wanted, image, fence)
        _, parameters = calls.run_task(cluster, wanted, key)
        exact = calls.run_task_as(
            parameters, wanted, revision=revision, container=container, like=dict(like)
        )
        what = f"task of {wanted.family}"
        with self._clients.fenced("ecs", fence) as ecs, told("ecs:RunTask", what):
            try:
                answer = ecs.run_task(**exact)
            except ecs.exceptions.ConflictException:
                return  # the key's task runs already, started while something here was different
        if not answer["tasks"]:
            raise not_started(what, answer["failures"])

    def _revision(self, wanted: Migration, image: str, fence: Fence) -> tuple[str, str]:
        """A revision with that image, and the name of the container that migrates."""
        newest: Described | None = None
        for each in self._revisions.newest(wanted.family):
            newest = newest or each
            if definitions.image_of(each.definition, wanted.container) == image:
                return each.arn, _container(each.definition, wanted)
        if newest is None:
            raise missing("ecs:ListTaskDefinitions", f"task definition {wanted.family}")
        content = definitions.rendered(
            newest.definition, newest.tags, container=wanted.container, image=image
        )
        return self._revisions.register(content, fence), _container(content, wanted)

    def _find(self, service: Service, key: str) -> Errand | None:
        wanted, cluster = migration(service), self._clusters[service.cluster]
        arns = [*self._listed(cluster, key, "RUNNING"), *self._listed(cluster, key, "STOPPED")]
        tasks = self._tasks(cluster, arns)
        if not tasks:
            return None
        newest = max(tasks, key=lambda task: task["createdAt"])
        return errand_of(newest, wanted)

    def _listed(self, cluster: str, key: str, status: Literal["RUNNING", "STOPPED"]) -> list[str]:
        with told("ecs:ListTasks", f"tasks started by {key}"):
            answer = self._clients.ecs().list_tasks(
                cluster=cluster, startedBy=key, desiredStatus=status
            )
        return answer["taskArns"]

    def _tasks(self, cluster: str, arns: list[str]) -> list[TaskTypeDef]:
        if not arns:
            return []
        with told("ecs:DescribeTasks", f"tasks of {cluster}"):
            return self._clients.ecs().describe_tasks(cluster=cluster, tasks=arns[:100])["tasks"]

    def _output(
        self, service: Service, errand: Errand, since: datetime, limit: int
    ) -> tuple[LogLine, ...]:
        wanted, cluster = migration(service), self._clusters[service.cluster]
        for task in self._tasks(cluster, [errand.arn]):
            found = self._revisions.described(task["taskDefinitionArn"])
            where = stream_of(found.definition, wanted, errand.arn, self._region)
            if where is None:
                return ()
            try:
                page = read_lines(self._clients, {**where, "startTime": milliseconds(since)}, limit)
            except OperationFailed as error:
                if error.code == "not_found":  # a stream begins with its first line
                    return ()
                raise
            return page.lines
        return ()


def _container(definition: Mapping[str, Any], wanted: Migration) -> str:
    name: str = definitions.main_container(definition["containerDefinitions"], wanted.container)[
        "name"
    ]
    return name
