"""elbv2: refuse what AWS refuses, and tell the plant's health.

moto takes any target group and any weight, and calls every target healthy.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.elbv2.exceptions import TargetGroupNotFoundError
from moto.elbv2.responses import ELBV2Response

from sandbox.aws.health import target_states
from sandbox.aws.mends import Own, mend
from sandbox.aws.plant import Plant
from sandbox.aws.refusal import refusal
from sandbox.aws.routing import forward_groups

MAX_WEIGHT = 999
MAX_GROUPS = 5
MAX_STICKY_SECONDS = 7 * 86_400


def install(plant: Plant) -> None:
    """Mend modify_listener, modify_rule and describe_target_health."""

    def modify_listener(call: Any, own: Own) -> ActionResult:
        return _checked(
            plant, call.params.get("ListenerArn"), call.params.get("DefaultActions"), own
        )

    def modify_rule(call: Any, own: Own) -> ActionResult:
        if _is_default(plant, call.params.get("RuleArn")):
            text = "The default rule is changed with ModifyListener"
            raise refusal("elbv2", "OperationNotPermitted", text)
        return _checked(plant, call.params.get("RuleArn"), call.params.get("Actions"), own)

    def describe_target_health(call: Any, own: Own) -> ActionResult:
        group = plant.elb.target_groups.get(call.params.get("TargetGroupArn"))
        if group is None:
            raise TargetGroupNotFoundError
        asked = {target["Id"] for target in call.params.get("Targets") or []}
        states = target_states(plant, group)
        if asked:
            states = [state for state in states if state.instance_id in asked]
        return ActionResult({"TargetHealthDescriptions": states})

    mend(ELBV2Response, "modify_listener", modify_listener)
    mend(ELBV2Response, "modify_rule", modify_rule)
    mend(ELBV2Response, "describe_target_health", describe_target_health)


def _is_default(plant: Plant, rule_arn: str) -> bool:
    return any(
        rule.arn == rule_arn and rule.is_default
        for balancer in plant.elb.load_balancers.values()
        for listener in balancer.listeners.values()
        for rule in listener.rules.values()
    )


def _checked(
    plant: Plant, arn: str, actions: list[dict[str, Any]] | None, own: Own
) -> ActionResult:
    for action in actions or []:
        if action.get("Type") == "forward":
            _check_forward(plant, arn, action)
    return own()


def _check_forward(plant: Plant, arn: str, action: dict[str, Any]) -> None:
    """Refuse a forward AWS would refuse, and spell the others as AWS gives them back."""
    if "ForwardConfig" not in action and "TargetGroupArn" not in action:
        raise refusal("elbv2", "ValidationError", "A forward action needs a target group")
    groups = forward_groups(action)
    arns = [entry["TargetGroupArn"] for entry in groups]
    if not 1 <= len(set(arns)) == len(arns) <= MAX_GROUPS:
        raise refusal(
            "elbv2", "ValidationError", "A forward action takes 1 to 5 distinct target groups"
        )
    for entry in groups:
        _check_group(plant, arn, entry)
    config = action.setdefault("ForwardConfig", {"TargetGroups": groups})
    sticky = config.setdefault("TargetGroupStickinessConfig", {"Enabled": False})
    if sticky.get("Enabled") and not 1 <= sticky.get("DurationSeconds", 0) <= MAX_STICKY_SECONDS:
        raise refusal("elbv2", "ValidationError", "Stickiness duration must be 1 to 604800 seconds")
    if len(arns) > 1:
        action.pop("TargetGroupArn", None)


def _check_group(plant: Plant, arn: str, entry: dict[str, Any]) -> None:
    group = plant.elb.target_groups.get(entry["TargetGroupArn"])
    if group is None:
        raise TargetGroupNotFoundError
    weight = entry.get("Weight", 1)
    if not 0 <= weight <= MAX_WEIGHT:
        text = f"Target group weight '{weight}' must be between 0 and {MAX_WEIGHT} inclusive"
        raise refusal("elbv2", "ValidationError", text)
    # `…:listener/app/name/id/…` and `…:listener-rule/app/name/id/…` name their balancer.
    balancer = "/".join(arn.split("/")[1:4])
    if group.load_balancer_arns and not any(
        owner.endswith(balancer) for owner in group.load_balancer_arns
    ):
        text = "The target group is already used by another load balancer"
        raise refusal("elbv2", "TargetGroupAssociationLimit", text)
