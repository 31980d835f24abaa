"""Who else decides how much runs: scalable targets, policies, and workers that run jobs.

`seed_rest` fills it: the first service's live colour and every worker group scale by target
tracking, as the topology says they should. `traffic` writes each second of the workers' metric.
"""

from __future__ import annotations

import time
from typing import Any

from bot.topology import Colour, Group, Service
from sandbox.aws.metrics import put_gauges
from sandbox.aws.plant import Plant

MINIMUM, MAXIMUM = 2, 10
JOB_SECONDS = 900
DIMENSION = "ecs:service:DesiredCount"


def fill(plant: Plant) -> None:
    """Autoscaling as it is at three in the morning."""
    _service(plant, next(iter(plant.topology.services.values())), Colour.BLUE)
    for group in plant.topology.groups.values():
        tracking = {
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
            "TargetValue": 70.0,
        }
        _policy(plant, group.autoscaling_group, tracking)


def live(plant: Plant, second: int) -> None:
    """One second of how many jobs each worker runs; the first ones are the busy ones."""
    for group in plant.topology.groups.values():
        _jobs(plant, group, second)


def tell(plant: Plant, group: Group) -> None:
    """The same now, and what was said of the last minutes is forgotten."""
    if group.busy is not None:
        metric, now = group.busy.metric, int(time.time())
        plant.store.forget(now - 600, now + 1, lambda key: key.name == metric)
        _jobs(plant, group, now - 1)


def take(plant: Plant, autoscaling_group: str, workers: int) -> None:
    """New workers take a job each from their group's queue."""
    for group in plant.topology.groups.values():
        if group.autoscaling_group == autoscaling_group and group.queue is not None:
            plant.sqs.receive_message(group.queue, workers, 0, JOB_SECONDS)


def _service(plant: Plant, service: Service, colour: Colour) -> None:
    cluster = plant.topology.clusters[service.cluster]
    name = f"service/{cluster}/{service.colours[colour].ecs_service}"
    about: Any = plant.application_autoscaling
    role = f"arn:aws:iam::{plant.account}:role/autoscaling"
    about.register_scalable_target("ecs", name, DIMENSION, MINIMUM, MAXIMUM, role, None)
    tracking = {
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
        },
        "TargetValue": 60.0,
    }
    about.put_scaling_policy(
        f"{service.key}-cpu", "ecs", name, DIMENSION, tracking, "TargetTrackingScaling"
    )


def _policy(plant: Plant, name: str, tracking: dict[str, Any]) -> None:
    about: Any = plant.autoscaling
    policy = about.put_scaling_policy(
        name=f"{name}-cpu",
        policy_type="TargetTrackingScaling",
        metric_aggregation_type=None,
        adjustment_type=None,
        as_name=name,
        min_adjustment_magnitude=None,
        scaling_adjustment=None,
        cooldown=None,
        target_tracking_config=tracking,
        step_adjustments=None,
        estimated_instance_warmup=None,
        predictive_scaling_configuration=None,
    )
    # moto makes no alarms for a group's policies; AWS does.
    arn = f"arn:aws:cloudwatch:{plant.region}:{plant.account}:alarm"
    policy.alarms = [
        {"AlarmName": each, "AlarmARN": f"{arn}:{each}"}
        for each in (f"TargetTracking-{name}-AlarmHigh", f"TargetTracking-{name}-AlarmLow")
    ]


def _jobs(plant: Plant, group: Group, second: int) -> None:
    found = plant.autoscaling.autoscaling_groups.get(group.autoscaling_group)
    if group.busy is None or found is None:
        return
    busy = plant.jobs.get(group.autoscaling_group, 0)
    for number, state in enumerate(sorted(found.instance_states, key=lambda s: s.instance.id)):
        where = {group.busy.dimension: state.instance.id}
        jobs = {group.busy.metric: float(number < busy)}
        put_gauges(plant.store, second, group.busy.namespace, where, jobs)
