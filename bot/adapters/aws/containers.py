"""ECS: what a colour runs, how many, and how its deployments went.

Before it comes a plan or status; after it AWS. The topology is needed for the clusters' real
names: a service names its cluster by the topology's key.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from bot.adapters.aws import definitions
from bot.adapters.aws.faults import told
from bot.adapters.aws.services import described
from bot.adapters.aws.session import AwsClients
from bot.domain.live import Deployment, Tasks
from bot.topology import Colour, Service, Topology

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ServiceTypeDef


class AwsContainers:
    """bot.ports.Containers on ECS."""

    def __init__(self, clients: AwsClients, topology: Topology) -> None:
        self._clients = clients
        self._clusters = topology.clusters

    async def tasks(self, service: Service, colour: Colour) -> Tasks:
        """Raises OperationFailed("not_found") when ECS has no such (active) service."""
        return await self._clients.run(self._tasks, service, colour)

    def _tasks(self, service: Service, colour: Colour) -> Tasks:
        cluster, name = self._clusters[service.cluster], service.colours[colour].ecs_service
        found = described(self._clients, cluster, name)
        deployments = _deployments(found)
        primary = next((each for each in deployments if each.status == "PRIMARY"), None)
        # What is meant to run is the PRIMARY's; the service's own field lags with some controllers.
        task_definition = primary.task_definition if primary else found.get("taskDefinition", "")
        container = service.deploy.container if service.deploy is not None else ""
        return Tasks(
            desired=found.get("desiredCount", 0),
            running=found.get("runningCount", 0),
            pending=found.get("pendingCount", 0),
            task_definition=task_definition,
            image=self._image(task_definition, container),
            deployments=deployments,
        )

    def _image(self, task_definition: str, container: str) -> str:
        """The image of the container that is released."""
        with told("ecs:DescribeTaskDefinition", f"task definition {task_definition}"):
            answer = self._clients.ecs().describe_task_definition(taskDefinition=task_definition)
        return definitions.shown_image(dict(answer["taskDefinition"]), container)


def _deployments(service: ServiceTypeDef) -> tuple[Deployment, ...]:
    newest_first = sorted(
        service.get("deployments", []), key=lambda each: each["createdAt"], reverse=True
    )
    return tuple(
        Deployment(
            id=each["id"],
            status=each["status"],
            rollout=each.get("rolloutState", ""),
            task_definition=each["taskDefinition"],
            created_at=each["createdAt"].astimezone(UTC),
        )
        for each in newest_first
    )
