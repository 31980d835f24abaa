"""Scalable targets and groups as AWS describes them → values. Pure; before it comes `scaling`.

The two services say the same things in different words; here they become one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bot.domain.capacity import Autoscaling, Fleet, Member, Policy, Scheduled, Stopped

_SUSPENDED = {
    "DynamicScalingOutSuspended": (Stopped.GROWING,),
    "DynamicScalingInSuspended": (Stopped.SHRINKING,),
    "ScheduledScalingSuspended": (Stopped.SCHEDULE,),
    "AlarmNotification": (Stopped.GROWING, Stopped.SHRINKING),
    "ScheduledActions": (Stopped.SCHEDULE,),
    "Launch": (Stopped.LAUNCH,),
    "Terminate": (Stopped.TERMINATE,),
}
"""Application Auto Scaling's flags and EC2 Auto Scaling's processes. Others stop neither."""

_KINDS = {
    "TargetTrackingScaling": "target tracking",
    "StepScaling": "steps",
    "SimpleScaling": "simple",
    "PredictiveScaling": "predictive",
}


def application(
    target: dict[str, Any], policies: Sequence[Any], actions: Sequence[Any]
) -> Autoscaling:
    """Of an ECS service: `describe_scalable_targets` and what goes with it."""
    state = target.get("SuspendedState") or {}
    return Autoscaling(
        minimum=target["MinCapacity"],
        maximum=target["MaxCapacity"],
        policies=tuple(
            _policy(each, each.get("TargetTrackingScalingPolicyConfiguration") or {})
            for each in policies
        ),
        scheduled=tuple(
            Scheduled(
                name=each["ScheduledActionName"],
                when=each.get("Schedule", ""),
                minimum=(each.get("ScalableTargetAction") or {}).get("MinCapacity"),
                maximum=(each.get("ScalableTargetAction") or {}).get("MaxCapacity"),
            )
            for each in actions
        ),
        suspended=frozenset(_suspended(name for name, is_so in state.items() if is_so)),
    )


def fleet(group: Any, policies: Sequence[Any], actions: Sequence[Any]) -> Fleet:
    """Of an Auto Scaling group."""
    processes = (each["ProcessName"] for each in group.get("SuspendedProcesses", []))
    return Fleet(
        desired=group["DesiredCapacity"],
        members=tuple(
            Member(
                id=each["InstanceId"],
                state=each["LifecycleState"],
                healthy=each.get("HealthStatus", "Healthy") == "Healthy",
                protected=each.get("ProtectedFromScaleIn", False),
            )
            for each in group.get("Instances", [])
        ),
        autoscaling=Autoscaling(
            minimum=group["MinSize"],
            maximum=group["MaxSize"],
            policies=tuple(
                _policy(each, each.get("TargetTrackingConfiguration") or {})
                for each in policies
                if each.get("Enabled", True)
            ),
            scheduled=tuple(_scheduled(each) for each in actions),
            suspended=frozenset(_suspended(processes)),
        ),
    )


def _scheduled(action: dict[str, Any]) -> Scheduled:
    start = action.get("StartTime")
    once = f"{start:%Y-%m-%d %H:%M} UTC" if start is not None else "once"
    return Scheduled(
        name=action["ScheduledActionName"],
        when=action.get("Recurrence") or once,
        minimum=action.get("MinSize"),
        maximum=action.get("MaxSize"),
        desired=action.get("DesiredCapacity"),
    )


def _policy(policy: dict[str, Any], tracking: dict[str, Any]) -> Policy:
    named = tracking.get("PredefinedMetricSpecification") or {}
    own = tracking.get("CustomizedMetricSpecification") or {}
    kind = policy.get("PolicyType", "")
    return Policy(
        name=policy["PolicyName"],
        kind=_KINDS.get(kind, kind),
        metric=named.get("PredefinedMetricType") or own.get("MetricName") or "",
        target=tracking.get("TargetValue"),
        shrinks=not tracking.get("DisableScaleIn", False),
        alarms=tuple(each.get("AlarmName", "") for each in policy.get("Alarms", [])),
    )


def _suspended(names: Iterator[str]) -> Iterator[Stopped]:
    for name in names:
        yield from _SUSPENDED.get(name, ())
