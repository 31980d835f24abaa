"""Auto Scaling: what runs, who else sets it, and setting it.

Before it come scaling's plans and steps; after it AWS. Parameters are `scaling_calls`', what is
described becomes a value in `described_scaling`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from bot.adapters.aws import scaling_calls
from bot.adapters.aws.described_scaling import application, fleet
from bot.adapters.aws.faults import missing, told
from bot.adapters.aws.series import answered_at, read
from bot.adapters.aws.session import AwsClients
from bot.domain.capacity import Autoscaling, Fleet
from bot.errors import OperationFailed, Temporary
from bot.ports import Fence
from bot.topology import Busy, Colour, Group, Service, Topology

if TYPE_CHECKING:
    from datetime import datetime

_IN_THE_MIDDLE = frozenset({"ScalingActivityInProgress", "ResourceContention"})
"""EC2 Auto Scaling's words for "something else is being done with it"."""


class AwsScaling:
    """bot.ports.scaling.Scaling on Application Auto Scaling and EC2 Auto Scaling."""

    def __init__(self, clients: AwsClients, topology: Topology) -> None:
        self._clients = clients
        self._clusters = topology.clusters

    async def service(self, service: Service, colour: Colour) -> Autoscaling | None:
        """Three reads."""
        name = scaling_calls.resource_id(self._clusters[service.cluster], service, colour)
        return await self._clients.run(self._service, name)

    def bounds_call(
        self, service: Service, colour: Colour, *, minimum: int | None, maximum: int | None
    ) -> tuple[str, Mapping[str, Any]]:
        """See `scaling_calls`."""
        cluster = self._clusters[service.cluster]
        return scaling_calls.bounds(cluster, service, colour, minimum=minimum, maximum=maximum)

    async def bounds(
        self,
        service: Service,
        colour: Colour,
        *,
        minimum: int | None,
        maximum: int | None,
        fence: Fence,
    ) -> None:
        """One request, never repeated here. After Temporary: read before going on."""
        _, parameters = self.bounds_call(service, colour, minimum=minimum, maximum=maximum)
        await self._clients.run(self._bounds, parameters, fence)

    async def group(self, group: Group) -> Fleet:
        """Three reads."""
        return await self._clients.run(self._group, group.autoscaling_group)

    async def busy(self, group: Group, members: Collection[str]) -> frozenset[str]:
        """One question. Raises what `faults.told` says: who is busy must be known."""
        if group.busy is None or not members:
            return frozenset()
        return await self._clients.run(self._busy, group, group.busy, sorted(members))

    def desire_call(self, group: Group, desired: int) -> tuple[str, Mapping[str, Any]]:
        """See `scaling_calls`."""
        return scaling_calls.desire(group, desired)

    async def desire(self, group: Group, desired: int, *, fence: Fence) -> None:
        """One request, never repeated here. After Temporary: read before going on."""
        _, parameters = self.desire_call(group, desired)
        await self._clients.run(self._desire, parameters, fence)

    def limits_call(
        self, group: Group, *, minimum: int | None, maximum: int | None
    ) -> tuple[str, Mapping[str, Any]]:
        """See `scaling_calls`."""
        return scaling_calls.limits(group, minimum=minimum, maximum=maximum)

    async def limits(
        self, group: Group, *, minimum: int | None, maximum: int | None, fence: Fence
    ) -> None:
        """One request, never repeated here. After Temporary: read before going on."""
        _, parameters = self.limits_call(group, minimum=minimum, maximum=maximum)
        await self._clients.run(self._limits, parameters, fence)

    def protect_call(
        self, group: Group, members: Collection[str], *, protected: bool
    ) -> tuple[str, Mapping[str, Any]]:
        """See `scaling_calls`."""
        return scaling_calls.protect(group, members, protected=protected)

    async def protect(
        self, group: Group, members: Collection[str], *, protected: bool, fence: Fence
    ) -> None:
        """One request for each fifty, none repeated here; none at all when all of them have gone.

        After Temporary some may be as asked and some not: read, and ask again for all.
        """
        await self._clients.run(self._protect, group, frozenset(members), protected, fence)

    def _service(self, name: str) -> Autoscaling | None:
        client: Any = self._clients.application_autoscaling()
        about = {"ServiceNamespace": "ecs", "ScalableDimension": scaling_calls.DIMENSION}
        with told("application-autoscaling:DescribeScalableTargets", name):
            targets = client.describe_scalable_targets(ResourceIds=[name], **about)
        if not targets["ScalableTargets"]:
            return None
        with told("application-autoscaling:DescribeScalingPolicies", name):
            pages = client.get_paginator("describe_scaling_policies").paginate(
                ResourceId=name, **about
            )
            policies = [each for page in pages for each in page["ScalingPolicies"]]
        with told("application-autoscaling:DescribeScheduledActions", name):
            planned = client.get_paginator("describe_scheduled_actions").paginate(
                ResourceId=name, **about
            )
            actions = [each for page in planned for each in page["ScheduledActions"]]
        return application(targets["ScalableTargets"][0], policies, actions)

    def _group(self, name: str) -> Fleet:
        client, what = self._clients.autoscaling(), f"Auto Scaling group {name}"
        action = "autoscaling:DescribeAutoScalingGroups"
        with told(action, what):
            groups = client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        if not groups["AutoScalingGroups"]:
            raise missing(action, what)
        with told("autoscaling:DescribePolicies", what):
            pages = client.get_paginator("describe_policies").paginate(AutoScalingGroupName=name)
            policies = [each for page in pages for each in page["ScalingPolicies"]]
        with told("autoscaling:DescribeScheduledActions", what):
            planned = client.get_paginator("describe_scheduled_actions").paginate(
                AutoScalingGroupName=name
            )
            actions = [each for page in planned for each in page["ScheduledUpdateGroupActions"]]
        return fleet(groups["AutoScalingGroups"][0], policies, actions)

    def _busy(self, group: Group, busy: Busy, members: list[str]) -> frozenset[str]:
        client, what = self._clients.cloudwatch(), f"jobs of {group.key}"
        queries: list[Any] = [
            {"Id": f"m{number}", "MetricStat": _metric(busy, member)}
            for number, member in enumerate(members)
        ]
        now = self._now(group)
        start = now - timedelta(minutes=busy.minutes)
        found = read(client, queries, start=start, end=now, what=what)
        series = [found[query["Id"]].points for query in queries]
        return frozenset(
            member
            for member, points in zip(members, series, strict=True)
            if not points or max(points.values()) > busy.above
        )

    def _now(self, group: Group) -> datetime:
        """By AWS' own clock: its metrics are stamped by that."""
        with told("autoscaling:DescribeAutoScalingGroups", group.autoscaling_group):
            answer = self._clients.autoscaling().describe_auto_scaling_groups(
                AutoScalingGroupNames=[group.autoscaling_group]
            )
        now = answered_at(answer)
        if now is None:
            raise OperationFailed("AWS's answers carry no date, so who works now is not known")
        return now

    def _bounds(self, parameters: Mapping[str, Any], fence: Fence) -> None:
        action = "application-autoscaling:RegisterScalableTarget"
        with (
            self._clients.fenced("application-autoscaling", fence) as client,
            told(action, parameters["ResourceId"]),
        ):
            try:
                client.register_scalable_target(**parameters)
            except client.exceptions.ConcurrentUpdateException as error:
                raise Temporary(f"AWS {action}: {error}") from error

    def _desire(self, parameters: Mapping[str, Any], fence: Fence) -> None:
        with self._changing("autoscaling:SetDesiredCapacity", parameters, fence) as client:
            client.set_desired_capacity(**parameters)

    def _limits(self, parameters: Mapping[str, Any], fence: Fence) -> None:
        with self._changing("autoscaling:UpdateAutoScalingGroup", parameters, fence) as client:
            client.update_auto_scaling_group(**parameters)

    def _protect(
        self, group: Group, members: frozenset[str], protected: bool, fence: Fence
    ) -> None:
        there = {member.id for member in self._group(group.autoscaling_group).members}
        left = sorted(members & there)
        while left:
            _, parameters = scaling_calls.protect(group, left, protected=protected)
            with self._changing("autoscaling:SetInstanceProtection", parameters, fence) as client:
                client.set_instance_protection(**parameters)
            left = left[scaling_calls.MOST_PROTECTED :]

    @contextmanager
    def _changing(self, action: str, parameters: Mapping[str, Any], fence: Fence) -> Iterator[Any]:
        what = f"Auto Scaling group {parameters['AutoScalingGroupName']}"
        with self._clients.fenced("autoscaling", fence) as client, told(action, what):
            try:
                yield client
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in _IN_THE_MIDDLE:
                    raise Temporary(f"AWS {action} ({what}): {error}") from error
                raise


def _metric(busy: Busy, member: str) -> dict[str, Any]:
    return {
        "Metric": {
            "Namespace": busy.namespace,
            "MetricName": busy.metric,
            "Dimensions": [{"Name": busy.dimension, "Value": member}],
        },
        "Period": 60,
        "Stat": "Maximum",
    }
