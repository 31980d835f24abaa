"""ECS: the revision a colour runs, and the one call that has its tasks replaced.

Before it come a deployment's plan and steps; after it `revisions`, `rollouts`, `calls` and AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.adapters.aws import calls, definitions
from bot.adapters.aws.deployables import deployable
from bot.adapters.aws.faults import told
from bot.adapters.aws.revisions import Revisions
from bot.adapters.aws.rollouts import rollouts_of
from bot.adapters.aws.services import described
from bot.adapters.aws.session import AwsClients
from bot.adapters.aws.stopped import why_stopped
from bot.domain.release import Revision, Rollouts
from bot.errors import OperationFailed
from bot.ports import Fence
from bot.topology import Colour, Service, Topology


class AwsRollers:
    """bot.ports.Rollers on ECS."""

    def __init__(self, clients: AwsClients, topology: Topology) -> None:
        self._clients = clients
        self._clusters = topology.clusters
        self._revisions = Revisions(clients)

    async def revision(self, arn: str, *, container: str = "") -> Revision:
        """One call. Raises OperationFailed("not_found")."""
        found = await self._clients.run(self._revisions.described, arn)
        return definitions.as_revision(found.definition, container)

    async def prepared(self, service: Service, *, template: str, image: str) -> str | None:
        """Only the newest twenty are looked at: an older one is made anew."""
        return await self._clients.run(self._prepared, service, template, image)

    async def register(self, service: Service, *, template: str, image: str, fence: Fence) -> str:
        """One request, never repeated here.

        After Temporary it may or may not be there: ask `prepared` before going on.
        """
        return await self._clients.run(self._register, service, template, image, fence)

    async def rollouts(self, service: Service, colour: Colour) -> Rollouts:
        """Why tasks stopped is told if ECS tells it; the rest is what counts.

        Raises OperationFailed("not_rolling") for a service whose deployments are not ECS' own.
        """
        return await self._clients.run(self._rollouts, service, colour)

    def update_call(
        self, service: Service, colour: Colour, *, revision: str | None, desired: int | None
    ) -> tuple[str, Mapping[str, Any]]:
        """Raises OperationFailed("nothing") when there is nothing to change."""
        cluster = self._clusters[service.cluster]
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
        """One request, never repeated here.

        After Temporary it may or may not have been done: read the rollouts before going on.
        """
        _, parameters = self.update_call(service, colour, revision=revision, desired=desired)
        return await self._clients.run(self._update, parameters, fence)

    async def room(self, service: Service, colour: Colour) -> int | None:
        """All subnets of the service together; ECS spreads tasks over them."""
        return await self._clients.run(self._room, service, colour)

    def _rendered(self, service: Service, template: str, image: str) -> dict[str, Any]:
        found = self._revisions.described(template)
        container = deployable(service).container
        return definitions.rendered(found.definition, found.tags, container=container, image=image)

    def _prepared(self, service: Service, template: str, image: str) -> str | None:
        return self._revisions.prepared(self._rendered(service, template, image))

    def _register(self, service: Service, template: str, image: str, fence: Fence) -> str:
        return self._revisions.register(self._rendered(service, template, image), fence)

    def _rollouts(self, service: Service, colour: Colour) -> Rollouts:
        cluster, name = self._clusters[service.cluster], service.colours[colour].ecs_service
        found = described(self._clients, cluster, name)
        return rollouts_of(found, why_stopped(self._clients, cluster, name))

    def _update(self, parameters: Mapping[str, Any], fence: Fence) -> str:
        action, what = "ecs:UpdateService", f"service {parameters['service']}"
        with self._clients.fenced("ecs", fence) as ecs, told(action, what):
            answer = ecs.update_service(**parameters)
        for deployment in answer["service"].get("deployments", []):
            if deployment.get("status") == "PRIMARY":
                return deployment["id"]
        raise OperationFailed(f"AWS {action} ({what}): answered without a primary deployment")

    def _room(self, service: Service, colour: Colour) -> int | None:
        cluster, name = self._clusters[service.cluster], service.colours[colour].ecs_service
        found = described(self._clients, cluster, name)
        network = found.get("networkConfiguration", {}).get("awsvpcConfiguration")
        if network is None:
            return None
        with told("ec2:DescribeSubnets", f"subnets of {name}"):
            answer = self._clients.ec2().describe_subnets(SubnetIds=network["subnets"])
        return sum(subnet["AvailableIpAddressCount"] for subnet in answer["Subnets"])
