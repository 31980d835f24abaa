"""Where a load balancer sends a request, read from moto's live listeners and rules.

`traffic` splits requests by it, `product` answers by it, `control` changes it like a person in
the console. Nothing here remembers weights: moto's state is the only truth.
"""

from __future__ import annotations

import fnmatch
from typing import Any
from urllib.parse import urlsplit

from moto.elbv2.models import FakeListener, FakeLoadBalancer, FakeRule

from bot.topology import Colour, Service
from sandbox.aws.plant import Plant

# How many of a service's requests match its own path rule rather than the default action.
RULE_SHARE = 0.7


def load_balancer(plant: Plant, service: Service) -> FakeLoadBalancer:
    """The service's load balancer. Raises KeyError when somebody deleted it."""
    for balancer in plant.elb.load_balancers.values():
        if balancer.name == service.load_balancer:
            return balancer
    raise KeyError(service.load_balancer)


def rules(plant: Plant, service: Service) -> list[FakeRule]:
    """All rules of the balancer in the order they are tried: by priority, the default last."""
    found: list[FakeRule] = []
    for listener in _listeners(plant, service):
        found += sorted(
            listener.rules.values(),
            key=lambda rule: 10**6 if rule.priority == "default" else int(str(rule.priority)),
        )
    return found


def weights(plant: Plant, service: Service, actions: list[Any]) -> dict[Colour, int]:
    """The weight of each of the service's colours in a rule's actions; empty when in none."""
    arns = {plant.target_group(service, colour).arn: colour for colour in Colour}
    found: dict[Colour, int] = {}
    for action in actions:
        if action.type == "forward":
            for entry in forward_groups(action.data):
                if entry["TargetGroupArn"] in arns:
                    found[arns[entry["TargetGroupArn"]]] = int(entry.get("Weight", 1))
    return found


def forward_groups(action: dict[str, Any]) -> list[dict[str, Any]]:
    """The target groups of a forward action, in either of its two spellings."""
    if "ForwardConfig" in action:
        return list(action["ForwardConfig"].get("TargetGroups", []))
    return [{"TargetGroupArn": action["TargetGroupArn"], "Weight": 1}]


def shares(plant: Plant, service: Service) -> dict[Colour, float]:
    """The fraction of the service's requests each colour gets. No weight anywhere: all zero."""
    routes = [
        found for rule in rules(plant, service) if (found := weights(plant, service, rule.actions))
    ]
    result = dict.fromkeys(Colour, 0.0)
    for index, route in enumerate(routes):
        last = index == len(routes) - 1
        share = (
            1.0
            if len(routes) == 1
            else (1 - RULE_SHARE if last else RULE_SHARE / (len(routes) - 1))
        )
        total = sum(route.values())
        for colour, weight in route.items():
            result[colour] += share * weight / total if total else 0.0
    return result


def match(plant: Plant, service: Service, path: str) -> FakeRule:
    """The rule that takes a request for this path. Raises KeyError when no listener has one."""
    host = urlsplit(service.url).hostname or ""
    for rule in rules(plant, service):
        if all(_holds(condition, path, host) for condition in rule.conditions):
            return rule
    raise KeyError(service.load_balancer)


def set_weights(plant: Plant, service: Service, new: dict[Colour, int]) -> None:
    """Change every forward to the service's colours, as a person in the console would."""
    arns = {plant.target_group(service, colour).arn: weight for colour, weight in new.items()}
    for rule in rules(plant, service):
        for action in rule.actions:
            if action.type == "forward" and "ForwardConfig" in action.data:
                for entry in action.data["ForwardConfig"]["TargetGroups"]:
                    if entry["TargetGroupArn"] in arns:
                        entry["Weight"] = arns[entry["TargetGroupArn"]]


def _listeners(plant: Plant, service: Service) -> list[FakeListener]:
    """Listeners that serve: one that only redirects to another port is no way in."""
    return [
        listener
        for listener in load_balancer(plant, service).listeners.values()
        if any(action.type != "redirect" for action in listener.default_actions)
    ]


def _holds(condition: dict[str, Any], path: str, host: str) -> bool:
    match condition.get("Field"):
        case "path-pattern":
            return _any(condition, "PathPatternConfig", path)
        case "host-header":
            return _any(condition, "HostHeaderConfig", host)
        case _:
            # By header, method, query or address: such a request is never ours.
            return False


def _any(condition: dict[str, Any], config: str, value: str) -> bool:
    patterns = condition.get(config, {}).get("Values") or condition.get("Values", [])
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in patterns)
