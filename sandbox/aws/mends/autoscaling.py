"""autoscaling and application-autoscaling: bounds that hold, instances that take a while.

A count outside new bounds moves with them, as in AWS. What a protection kept is let go with it.
"""

from __future__ import annotations

from typing import Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from sandbox.aws import capacity, rollouts
from sandbox.aws.mends import Own, mend
from sandbox.aws.plant import Plant
from sandbox.aws.refusal import refusal

# Seconds of the schedule's clock. EC2 takes minutes.
LAUNCH_SECONDS = 2.0
PENDING, IN_SERVICE = "Pending", "InService"


def install(plant: Plant) -> None:
    """Mend what changes a group or a scalable target."""

    def set_desired_capacity(call: Any, own: Own) -> ActionResult:
        return _desire(plant, call.params)

    def update_auto_scaling_group(call: Any, own: Own) -> ActionResult:
        return _limit(plant, call.params)

    def set_instance_protection(call: Any, own: Own) -> ActionResult:
        return _protect(plant, call.params, own)

    def register_scalable_target(call: Any, own: Own) -> Any:
        return _register(plant, call, own)

    for action in (set_desired_capacity, update_auto_scaling_group, set_instance_protection):
        mend(AutoScalingResponse, action.__name__, action)
    mend(
        ApplicationAutoScalingResponse, register_scalable_target.__name__, register_scalable_target
    )


def _group(plant: Plant, params: Any) -> Any:
    group = plant.autoscaling.autoscaling_groups.get(params.get("AutoScalingGroupName"))
    if group is None:
        text = "AutoScalingGroup name not found - null"
        raise refusal("autoscaling", "ValidationError", text)
    return group


def _desire(plant: Plant, params: Any) -> ActionResult:
    group, desired = _group(plant, params), int(params.get("DesiredCapacity"))
    low, high = group.min_size or 0, group.max_size or 0
    if not low <= desired <= high:
        word, limit = ("above max", high) if desired > high else ("below min", low)
        text = f"New SetDesiredCapacity value {desired} is {word} value {limit}"
        raise refusal("autoscaling", "ValidationError", f"{text} for the AutoScalingGroup.")
    _size(plant, group, desired)
    return EmptyResult()


def _limit(plant: Plant, params: Any) -> ActionResult:
    unknown = {key for key in params if key[:1].isupper()}
    unknown -= {"AutoScalingGroupName", "MinSize", "MaxSize", "DesiredCapacity"}
    if unknown:
        text = f"The sandbox cannot update {', '.join(sorted(unknown))}."
        raise refusal("autoscaling", "ValidationError", text)
    group = _group(plant, params)
    low, high = params.get("MinSize", group.min_size), params.get("MaxSize", group.max_size)
    if int(low) > int(high):
        text = f"Max bound, {high}, must be greater than or equal to min bound, {low}"
        raise refusal("autoscaling", "ValidationError", text)
    group.min_size, group.max_size = int(low), int(high)
    desired = int(params.get("DesiredCapacity", group.desired_capacity))
    _size(plant, group, min(max(desired, int(low)), int(high)))
    return EmptyResult()


def _protect(plant: Plant, params: Any, own: Own) -> ActionResult:
    group = _group(plant, params)
    result = own()
    _size(plant, group, group.desired_capacity)
    return result


def _size(plant: Plant, group: Any, desired: int) -> None:
    """moto starts and ends instances at once; ours are pending for a while."""
    # moto counts only those in service, and would start the pending ones a second time.
    pending = [state for state in group.instance_states if state.lifecycle_state == PENDING]
    before = {state.instance.id for state in group.instance_states}
    for state in pending:
        state.lifecycle_state = IN_SERVICE
    group.set_desired_capacity(desired)
    for state in pending:
        state.lifecycle_state = PENDING
    new = [state for state in group.instance_states if state.instance.id not in before]
    for state in new:
        state.lifecycle_state = PENDING

    def launched() -> None:
        for state in new:
            state.lifecycle_state = IN_SERVICE
        capacity.take(plant, group.name, len(new))

    if new:
        plant.schedule.after(LAUNCH_SECONDS, launched)


def _register(plant: Plant, call: Any, own: Own) -> Any:
    result = own()
    # moto keeps the target in a protected method's answer nowhere else.
    name = call._get_param("ResourceId")  # noqa: SLF001
    _, cluster, service_name = str(name).split("/")
    service = plant.ecs.services.get(f"{cluster}:{service_name}")
    (target,) = plant.application_autoscaling.describe_scalable_targets("ecs", [str(name)], None)
    if service is not None:
        count = service.desired_count or 0
        within = min(max(count, target.min_capacity or 0), target.max_capacity or count)
        if within != count:
            service.desired_count = within
            rollouts.rescale(plant, service)
    return result
