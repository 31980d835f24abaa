"""The topology's names of a service as the ARNs AWS wants, kept until one proves gone.

Before it come names from filmops.toml; after it `traffic`, `metrics` and the check. All block:
they are called inside `AwsClients.run`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.adapters.aws.faults import missing, told
from bot.adapters.aws.session import AwsClients
from bot.topology import Colour, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceArns:
    """A service's load balancer and its two target groups."""

    load_balancer: str
    groups: Mapping[Colour, str]

    @property
    def load_balancer_dimension(self) -> str:
        """CloudWatch's name for it: `app/<name>/<id>`."""
        return self.load_balancer.partition(":loadbalancer/")[2]

    def group_dimension(self, colour: Colour) -> str:
        """CloudWatch's name for a colour's group: `targetgroup/<name>/<id>`."""
        return self.groups[colour].rpartition(":")[2]


class Names:
    """Finds ARNs by name. An ARN lives as long as its resource, so it is asked for once."""

    def __init__(self, clients: AwsClients) -> None:
        self._clients = clients
        self._known: dict[str, ServiceArns] = {}

    def known(self, service: Service) -> ServiceArns:
        """From memory, else from AWS; raises as `fresh` does."""
        return self._known.get(service.key) or self.fresh(service)

    def fresh(self, service: Service) -> ServiceArns:
        """From AWS; raises OperationFailed("not_found") naming what is not there."""
        arns = ServiceArns(
            load_balancer=self.load_balancer(service.load_balancer),
            groups={
                colour: self.target_group(half.target_group)
                for colour, half in sorted(service.colours.items())
            },
        )
        self._known[service.key] = arns
        return arns

    def forget(self, service: Service) -> None:
        """Ask AWS the next time: something of the name may have been made anew."""
        self._known.pop(service.key, None)

    def load_balancer(self, name: str) -> str:
        """The ARN of a load balancer."""
        action, what = "elasticloadbalancing:DescribeLoadBalancers", f"load balancer {name}"
        with told(action, what):
            found = self._clients.elbv2().describe_load_balancers(Names=[name])["LoadBalancers"]
        if not found:
            raise missing(action, what)
        return found[0]["LoadBalancerArn"]

    def target_group(self, name: str) -> str:
        """The ARN of a target group; one call each, so that a wrong name is named alone."""
        action, what = "elasticloadbalancing:DescribeTargetGroups", f"target group {name}"
        with told(action, what):
            found = self._clients.elbv2().describe_target_groups(Names=[name])["TargetGroups"]
        if not found:
            raise missing(action, what)
        return found[0]["TargetGroupArn"]
