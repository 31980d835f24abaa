"""The harmless reads of the check for a service that can be deployed.

Before it comes `looks`; after it the adapters of a release, asked as a deployment asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from bot.adapters.aws import definitions
from bot.adapters.aws.faults import missing
from bot.adapters.aws.look import Look
from bot.adapters.aws.resources import Found
from bot.adapters.aws.revisions import Described, Revisions
from bot.adapters.aws.session import AwsClients
from bot.adapters.aws.stopped import tasks_of
from bot.errors import OperationFailed
from bot.ports import Aws
from bot.topology import Colour, Deployable, Migration, Service, Topology


class ReleaseLooks:
    """Makes them; what they meet goes into `found`."""

    def __init__(
        self,
        topology: Topology,
        *,
        clients: AwsClients,
        aws: Aws,
        now: datetime | None,
        found: Found,
    ) -> None:
        self._clusters = topology.clusters
        self._clients = clients
        self._revisions = Revisions(clients)
        self._aws = aws
        self._now = now
        self._found = found

    def all(self, service: Service, deploy: Deployable) -> Iterator[Look]:
        """In the order of the file."""
        path = f"services.{service.key}"
        yield Look(
            subject=f"images in {deploy.repository} for {service.key}",
            actions=("ecr:DescribeImages", "ecr:DescribeRepositories"),
            run=partial(self._images, service),
            path=f"{path}.deploy.repository",
        )
        for colour, half in service.colours.items():
            yield Look(
                subject=f"revision of {half.ecs_service} ({service.key})",
                actions=("ecs:ListTaskDefinitions", "ecs:DescribeTaskDefinition"),
                run=partial(self._revision, service, deploy, colour),
                path=f"{path}.deploy.container",
            )
            yield Look(
                subject=f"rollouts of {half.ecs_service} ({service.key})",
                actions=("ecs:ListTasks", "ecs:DescribeTasks", "ec2:DescribeSubnets"),
                run=partial(self._rollouts, service, colour),
                path=f"{path}.colours.{colour}.ecs_service",
            )
        if deploy.migration is not None:
            yield Look(
                subject=f"migration {deploy.migration.family}",
                actions=("ecs:ListTaskDefinitions", "ecs:DescribeTaskDefinition"),
                run=partial(self._migration, deploy.migration),
                path=f"{path}.deploy.migration",
            )
        if service.log_group:
            self._found.log_groups.add(service.log_group)
            yield Look(
                subject=f"log group {service.log_group}",
                actions=("logs:FilterLogEvents",),
                run=partial(self._log, service, deploy),
                path=f"{path}.log_group",
            )

    async def _images(self, service: Service) -> str:
        newest = await self._aws.images.newest(service, 1)
        return f"last pushed: {newest[0].tag}" if newest else "no image with a tag yet"

    async def _revision(self, service: Service, deploy: Deployable, colour: Colour) -> str:
        tasks = await self._aws.containers.tasks(service, colour)
        run = self._clients.run
        described = await run(self._revisions.described, tasks.task_definition)
        await run(lambda: next(self._revisions.newest(described.definition["family"]), None))
        self._found.revisions.add(described.arn)
        return self._container(described, deploy.container)

    async def _migration(self, migration: Migration) -> str:
        newest = await self._clients.run(
            lambda: next(self._revisions.newest(migration.family), None)
        )
        if newest is None:
            raise missing("ecs:ListTaskDefinitions", f"task definition {migration.family}")
        self._found.migrations.add(newest.arn)
        return self._container(newest, migration.container)

    def _container(self, described: Described, name: str) -> str:
        """Notes the roles and the log it writes; says which container is the one."""
        definition = described.definition
        roles = (definition.get("taskRoleArn"), definition.get("executionRoleArn"))
        self._found.roles.update(role for role in roles if role)
        container = definitions.main_container(definition.get("containerDefinitions", []), name)
        options = container.get("logConfiguration", {}).get("options", {})
        if group := options.get("awslogs-group"):
            self._found.log_groups.add(group)
        return f"{described.arn.rpartition('/')[2]}, container {container['name']}"

    async def _rollouts(self, service: Service, colour: Colour) -> str:
        rollouts = await self._aws.rollers.rollouts(service, colour)
        room = await self._aws.rollers.room(service, colour)
        cluster, name = self._clusters[service.cluster], service.colours[colour].ecs_service
        await self._clients.run(tasks_of, self._clients, cluster, name, "RUNNING")
        free = "" if room is None else f", addresses for {room} more"
        state = rollouts.primary.state if rollouts.primary else "no deployment"
        return f"{state}, {rollouts.running} of {rollouts.desired} running{free}"

    async def _log(self, service: Service, deploy: Deployable) -> str:
        if self._now is None:
            raise OperationFailed("AWS's answers carry no date, so there is no minute to ask for")
        page = await self._aws.logs.search(
            service.log_group,
            pattern=deploy.error_pattern,
            start=self._now - timedelta(minutes=1),
            end=self._now,
        )
        more = " or more" if page.more else ""
        return f"{len(page.lines)}{more} lines of errors in the last minute"
