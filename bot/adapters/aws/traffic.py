"""The load balancer: who gets how much, how healthy they are, and the one call that moves it.

Before it come a plan or a status question; after it `forwards` (what a route's actions say and
how they are rewritten) and AWS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.adapters.aws import forwards
from bot.adapters.aws.faults import told
from bot.adapters.aws.names import Names, ServiceArns
from bot.adapters.aws.session import AwsClients
from bot.domain.live import Route, Targets
from bot.errors import OperationFailed
from bot.ports import Fence
from bot.topology import Colour, Service

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import (
        ListenerTypeDef,
        RuleTypeDef,
        TargetHealthDescriptionTypeDef,
    )

_DRAINING = ("draining", "unhealthy.draining")


class AwsTraffic:
    """bot.ports.Traffic on Elastic Load Balancing."""

    def __init__(self, clients: AwsClients, names: Names) -> None:
        self._clients = clients
        self._names = names
        # A route names only the groups it has; the absent colour's is remembered by reading it.
        self._groups: dict[str, Mapping[Colour, str]] = {}

    async def routes(self, service: Service) -> tuple[Route, ...]:
        """All pages of listeners and rules; defaults first, rules by priority.

        Names are resolved anew: an ARN kept from a group since made anew would show its colour
        at weight 0, and a plan would be made from that.
        """
        return await self._clients.run(self._routes, service)

    def call_for(
        self, route: Route, weights: Mapping[Colour, int]
    ) -> tuple[str, Mapping[str, Any]]:
        """Raises OperationFailed("unread") for a route this process has not read itself."""
        groups = self._groups.get(route.arn)
        if groups is None:
            raise OperationFailed(f"{route.label}: its target groups are not known", code="unread")
        return forwards.call_for(route, groups, weights)

    async def set_weights(
        self, route: Route, weights: Mapping[Colour, int], *, fence: Fence
    ) -> None:
        """One request, never repeated here.

        After Temporary it may or may not have been done: read the routes before going on.
        """
        action, parameters = self.call_for(route, weights)
        await self._clients.run(self._send, action, parameters, route.label, fence)

    async def targets(self, service: Service, colour: Colour) -> Targets:
        """A target neither healthy nor draining counts as unhealthy, with AWS's reason."""
        return await self._clients.run(self._targets, service, colour)

    def _routes(self, service: Service) -> tuple[Route, ...]:
        arns = self._names.fresh(service)
        found: list[Route] = []
        for listener in self._listeners(service, arns):
            found.extend(_default_of(listener, arns))
            for rule in self._rules(listener):
                found.extend(_route_of(rule, listener, arns))
        self._groups.update({route.arn: arns.groups for route in found})
        return tuple(found)

    def _listeners(self, service: Service, arns: ServiceArns) -> list[ListenerTypeDef]:
        what = f"listeners of {service.load_balancer}"
        with told("elasticloadbalancing:DescribeListeners", what):
            pages = self._clients.elbv2().get_paginator("describe_listeners")
            listeners = [
                listener
                for page in pages.paginate(LoadBalancerArn=arns.load_balancer)
                for listener in page["Listeners"]
            ]
        return sorted(listeners, key=lambda each: (each.get("Port", 0), each["ListenerArn"]))

    def _rules(self, listener: ListenerTypeDef) -> list[RuleTypeDef]:
        """Without the default rule, which is the listener's own list of actions once more."""
        with told("elasticloadbalancing:DescribeRules", f"rules of {_label(listener)}"):
            pages = self._clients.elbv2().get_paginator("describe_rules")
            rules = [
                rule
                for page in pages.paginate(ListenerArn=listener["ListenerArn"])
                for rule in page["Rules"]
                if not rule.get("IsDefault")
            ]
        return sorted(rules, key=lambda each: int(each["Priority"]))

    def _send(self, action: str, parameters: Mapping[str, Any], label: str, fence: Fence) -> None:
        with self._clients.fenced("elbv2", fence) as elbv2:
            if action == "modify_listener":
                with told("elasticloadbalancing:ModifyListener", label):
                    elbv2.modify_listener(**parameters)
            else:
                with told("elasticloadbalancing:ModifyRule", label):
                    elbv2.modify_rule(**parameters)

    def _targets(self, service: Service, colour: Colour) -> Targets:
        name = service.colours[colour].target_group
        arn = self._names.known(service).groups[colour]
        try:
            with told("elasticloadbalancing:DescribeTargetHealth", f"target group {name}"):
                answer = self._clients.elbv2().describe_target_health(TargetGroupArn=arn)
        except OperationFailed as error:
            if error.code == "not_found":
                self._names.forget(service)
            raise
        return _count(answer["TargetHealthDescriptions"])


def _default_of(listener: ListenerTypeDef, arns: ServiceArns) -> list[Route]:
    return _route(
        listener.get("DefaultActions", []),
        arns,
        arn=listener["ListenerArn"],
        listener_arn=listener["ListenerArn"],
        label=f"{_label(listener)} default",
        is_default=True,
    )


def _route_of(rule: RuleTypeDef, listener: ListenerTypeDef, arns: ServiceArns) -> list[Route]:
    return _route(
        rule.get("Actions", []),
        arns,
        arn=rule["RuleArn"],
        listener_arn=listener["ListenerArn"],
        label=f"{_label(listener)} rule {rule['Priority']}",
        is_default=False,
    )


def _route(actions: Sequence[Any], arns: ServiceArns, **what: Any) -> list[Route]:
    """One route, or none when the actions forward to neither colour."""
    weights = forwards.weights_in(actions, arns.groups)
    if weights is None:
        return []
    sticky = forwards.stickiness_in(actions, arns.groups)
    return [Route(weights=weights, actions=tuple(actions), stickiness_seconds=sticky, **what)]


def _label(listener: ListenerTypeDef) -> str:
    return f"{listener.get('Protocol', 'listener')}:{listener.get('Port', '?')}"


def _count(descriptions: Sequence[TargetHealthDescriptionTypeDef]) -> Targets:
    healthy = draining = 0
    reasons: list[str] = []
    for description in descriptions:
        health = description.get("TargetHealth", {})
        state = health.get("State", "unknown")
        if state == "healthy":
            healthy += 1
        elif state in _DRAINING:
            draining += 1
        else:
            target = description.get("Target", {"Id": "?"})
            why = health.get("Description") or health.get("Reason") or "no reason given"
            reasons.append(f"{target['Id']}:{target.get('Port', '?')} {state}: {why}")
    return Targets(
        healthy=healthy, unhealthy=len(reasons), draining=draining, reasons=tuple(sorted(reasons))
    )
