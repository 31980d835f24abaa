"""Auto Scaling groups: their size and bounds. Before it comes status; after it AWS."""

from __future__ import annotations

from bot.adapters.aws.faults import missing, told
from bot.adapters.aws.session import AwsClients
from bot.domain.live import GroupState
from bot.topology import Group


class AwsGroups:
    """bot.ports.Groups on EC2 Auto Scaling."""

    def __init__(self, clients: AwsClients) -> None:
        self._clients = clients

    async def state(self, group: Group) -> GroupState:
        """Raises OperationFailed("not_found") when there is no such group."""
        return await self._clients.run(self._state, group.autoscaling_group)

    def _state(self, name: str) -> GroupState:
        action, what = "autoscaling:DescribeAutoScalingGroups", f"Auto Scaling group {name}"
        with told(action, what):
            answer = self._clients.autoscaling().describe_auto_scaling_groups(
                AutoScalingGroupNames=[name]
            )
        if not answer["AutoScalingGroups"]:
            raise missing(action, what)
        found = answer["AutoScalingGroups"][0]
        return GroupState(
            desired=found["DesiredCapacity"],
            minimum=found["MinSize"],
            maximum=found["MaxSize"],
            in_service=sum(
                each["LifecycleState"] == "InService" for each in found.get("Instances", [])
            ),
        )
