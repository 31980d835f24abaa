"""Reading and rewriting a listener's or rule's list of actions: pure, no calls.

Before it come the actions as AWS gave them; after it `traffic` (and its memory twin) and the
plan, which shows exactly these parameters. AWS replaces the list whole, so all that is not a
weight is carried over. Source: *ELBv2 API Reference*, ModifyListener, Action.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from bot.domain.live import Route
from bot.errors import OperationFailed
from bot.topology import Colour

Action = Mapping[str, Any]


def weights_in(actions: Sequence[Action], groups: Mapping[Colour, str]) -> dict[Colour, int] | None:
    """Both colours' weights (0 when absent), or None when no action forwards to either.

    A forward that names one group without a weight has weight 1, as AWS itself reports it.
    """
    for action in actions:
        members = _members(action)
        if any(arn in members for arn in groups.values()):
            return {colour: members.get(arn, 0) for colour, arn in groups.items()}
    return None


def stickiness_in(actions: Sequence[Action], groups: Mapping[Colour, str]) -> int | None:
    """How many seconds a client stays with its group whatever the weights; None when not."""
    for action in actions:
        if any(arn in _members(action) for arn in groups.values()):
            sticky = action.get("ForwardConfig", {}).get("TargetGroupStickinessConfig", {})
            return sticky.get("DurationSeconds") if sticky.get("Enabled") else None
    return None


def rewritten(
    actions: Sequence[Action], groups: Mapping[Colour, str], weights: Mapping[Colour, int]
) -> list[dict[str, Any]]:
    """The same actions with these weights, both groups present.

    A group in no rule gets no health checks: at weight 0 it stays a warm way back.
    """
    return [_rewritten(action, groups, weights) for action in actions]


def call_for(
    route: Route, groups: Mapping[Colour, str], weights: Mapping[Colour, int]
) -> tuple[str, dict[str, Any]]:
    """The action and exact parameters that would set a route's weights (0..999 each).

    Raises OperationFailed("weights") when they are not both given or would serve nobody.
    """
    values = [weights.get(colour, -1) for colour in Colour]
    if not all(0 <= value <= 999 for value in values) or not any(values):
        raise OperationFailed(
            f"{route.label}: weights must be 0..999 for both colours and not both 0",
            code="weights",
        )
    actions = rewritten(route.actions, groups, weights)
    if route.is_default:
        return "modify_listener", {"ListenerArn": route.listener_arn, "DefaultActions": actions}
    return "modify_rule", {"RuleArn": route.arn, "Actions": actions}


def _members(action: Action) -> dict[str, int]:
    """The target groups of a forward with their weights; empty for other actions."""
    if action.get("Type") != "forward":
        return {}
    listed = action.get("ForwardConfig", {}).get("TargetGroups", [])
    if listed:
        return {entry["TargetGroupArn"]: entry.get("Weight", 1) for entry in listed}
    return {action["TargetGroupArn"]: 1} if action.get("TargetGroupArn") else {}


def _rewritten(
    action: Action, groups: Mapping[Colour, str], weights: Mapping[Colour, int]
) -> dict[str, Any]:
    new: dict[str, Any] = deepcopy(dict(action))
    if new.get("Type") == "authenticate-oidc":
        # AWS never tells the secret and would want it again; this keeps the one it has.
        new["AuthenticateOidcConfig"].pop("ClientSecret", None)
        new["AuthenticateOidcConfig"]["UseExistingClientSecret"] = True
        return new
    members = _members(action)
    if any(arn in members for arn in groups.values()):
        ours = {groups[colour]: weights[colour] for colour in Colour}
        others = {arn: members[arn] for arn in sorted(members.keys() - ours.keys())}
        # In one order, whichever AWS lists them in: two plans of one world must be equal.
        new.setdefault("ForwardConfig", {})["TargetGroups"] = [
            {"TargetGroupArn": arn, "Weight": weight} for arn, weight in (ours | others).items()
        ]
    if "ForwardConfig" in new:
        new.pop("TargetGroupArn", None)  # the older spelling; both together must agree
    return new
