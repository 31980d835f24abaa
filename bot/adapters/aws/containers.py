"""ECS: what a colour runs, how many, and how its deployments went.

Before it comes a plan or status; after it AWS. The topology is needed for the clusters' real
names: a service names its cluster by the topology's key.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from bot.adapters.aws.faults import missing, told
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
        described = self._service(
            self._clusters[service.cluster], service.colours[colour].ecs_service
        )
        deployments = _deployments(described)
        primary = next((each for each in deployments if each.status == "PRIMARY"), None)
        # What is meant to run is the PRIMARY's; the service's own field lags with some controllers.
        task_definition = (
            primary.task_definition if primary else described.get("taskDefinition", "")
        )
        return Tasks(
            desired=described.get("desiredCount", 0),
            running=described.get("runningCount", 0),
            pending=described.get("pendingCount", 0),
            task_definition=task_definition,
            image=self._image(task_definition),
            deployments=deployments,
        )

    def _service(self, cluster: str, name: str) -> ServiceTypeDef:
        """ECS answers an unknown name with a failure in the list, a deleted one as INACTIVE."""
        action, what = "ecs:DescribeServices", f"service {name} in cluster {cluster}"
        with told(action, what):
            answer = self._clients.ecs().describe_services(cluster=cluster, services=[name])
        found = [each for each in answer["services"] if each.get("status") != "INACTIVE"]
        if not found:
            raise missing(action, what)
        return found[0]

    def _image(self, task_definition: str) -> str:
        """The image of the first essential container; sidecars are usually not essential."""
        with told("ecs:DescribeTaskDefinition", f"task definition {task_definition}"):
            answer = self._clients.ecs().describe_task_definition(taskDefinition=task_definition)
        containers = answer["taskDefinition"].get("containerDefinitions", [])
        essential = [each for each in containers if each.get("essential", True)]
        return next((each.get("image", "") for each in (essential or containers)), "")


def _deployments(described: ServiceTypeDef) -> tuple[Deployment, ...]:
    newest_first = sorted(
        described.get("deployments", []), key=lambda each: each["createdAt"], reverse=True
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
