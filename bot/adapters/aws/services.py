"""One ECS service as described. Before it come `containers`, `rollers`, `errands`; after it AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.adapters.aws.faults import missing, told
from bot.adapters.aws.session import AwsClients

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ServiceTypeDef


def described(clients: AwsClients, cluster: str, name: str) -> ServiceTypeDef:
    """Blocks. Raises OperationFailed("not_found") when ECS has no such (active) service.

    ECS answers an unknown name with a failure in the list, a deleted one as INACTIVE.
    """
    action, what = "ecs:DescribeServices", f"service {name} in cluster {cluster}"
    with told(action, what):
        answer = clients.ecs().describe_services(cluster=cluster, services=[name])
    found = [each for each in answer["services"] if each.get("status") != "INACTIVE"]
    if not found:
        raise missing(action, what)
    return found[0]
