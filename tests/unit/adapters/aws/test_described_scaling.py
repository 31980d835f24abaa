"""What AWS describes of scaling, in the one form both services are given."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.adapters.aws.described_instance import described
from bot.adapters.aws.described_scaling import application, fleet
from bot.domain.capacity import Stopped

pytestmark = pytest.mark.unit


def test_a_targets_suspensions_calendar_and_own_metrics_are_told() -> None:
    found = application(
        {
            "MinCapacity": 2,
            "MaxCapacity": 10,
            "SuspendedState": {
                "DynamicScalingInSuspended": True,
                "DynamicScalingOutSuspended": False,
                "ScheduledScalingSuspended": True,
            },
        },
        [
            {
                "PolicyName": "depth",
                "PolicyType": "TargetTrackingScaling",
                "TargetTrackingScalingPolicyConfiguration": {
                    "TargetValue": 5.0,
                    "DisableScaleIn": True,
                    "CustomizedMetricSpecification": {"MetricName": "JobsPerTask"},
                },
            },
            {"PolicyName": "burst", "PolicyType": "StepScaling"},
        ],
        [
            {
                "ScheduledActionName": "night",
                "Schedule": "cron(0 22 * * ? *)",
                "ScalableTargetAction": {"MaxCapacity": 4},
            }
        ],
    )
    assert found.suspended == {Stopped.SHRINKING, Stopped.SCHEDULE}
    depth, burst = found.policies
    assert (depth.words, depth.shrinks) == ("depth (target tracking: JobsPerTask at 5)", False)
    assert burst.words == "burst (steps)"
    assert found.scheduled[0].words == "night (cron(0 22 * * ? *)): max 4"


def test_a_groups_processes_actions_and_instances_are_told() -> None:
    group: dict[str, Any] = {
        "DesiredCapacity": 3,
        "MinSize": 1,
        "MaxSize": 6,
        "SuspendedProcesses": [
            {"ProcessName": name} for name in ("AlarmNotification", "Launch", "AZRebalance")
        ],
        "Instances": [
            {"InstanceId": "i-1", "LifecycleState": "InService", "HealthStatus": "Healthy"},
            {"InstanceId": "i-2", "LifecycleState": "InService", "HealthStatus": "Unhealthy"},
            {"InstanceId": "i-3", "LifecycleState": "Pending:Wait"},
        ],
    }
    off = {"PolicyName": "off", "PolicyType": "SimpleScaling", "Enabled": False}
    once = {
        "ScheduledActionName": "premiere",
        "StartTime": datetime(2026, 12, 11, 18, tzinfo=UTC),
        "DesiredCapacity": 6,
    }
    found = fleet(group, [off], [once])
    assert found.autoscaling.policies == ()
    assert found.autoscaling.suspended == {Stopped.GROWING, Stopped.SHRINKING, Stopped.LAUNCH}
    words = found.autoscaling.scheduled[0].words
    assert words == "premiere (2026-12-11 18:00 UTC): desired 6"
    assert [member.id for member in found.working] == ["i-1"]
    assert found.others == {"unhealthy": 1, "Pending:Wait": 1}
    assert found.moving


def test_an_instance_that_is_being_made_says_little() -> None:
    found = described({"DBInstanceIdentifier": "new", "DBInstanceStatus": "creating"}, lag=None)
    assert (found.status, found.endpoint, found.zones, found.source) == ("creating", "", (), None)
    replica = described(
        {
            "DBInstanceIdentifier": "far",
            "ReadReplicaSourceDBInstanceIdentifier": "arn:aws:rds:us-west-2:1:db:prod-db",
        },
        lag=3.0,
    )
    assert (replica.source, replica.replica_lag_seconds) == ("prod-db", 3.0)
