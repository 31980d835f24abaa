"""What a watch over a release reads: metrics, the database, its snapshots, the logs."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.aws_plant import QuickPlant, query, until

pytestmark = pytest.mark.contract

GROUP = "/aws/ecs/prod/backend"


def read(
    quick: QuickPlant, namespace: str, name: str, stat: str, **dimensions: str
) -> tuple[list[float], str]:
    """The last half minute of a metric in periods of a second, oldest first, and its status."""
    now = datetime.now(UTC)
    asked = query("q", name, stat, [{"Name": n, "Value": v} for n, v in dimensions.items()], 1)
    asked["MetricStat"]["Metric"]["Namespace"] = namespace
    answer = quick.client("cloudwatch").get_metric_data(
        StartTime=now - timedelta(seconds=30),
        EndTime=now + timedelta(seconds=1),
        MetricDataQueries=[asked],
        ScanBy="TimestampAscending",
    )
    assert "NextToken" not in answer
    result = answer["MetricDataResults"][0]
    return result["Values"], result["StatusCode"]


def refused(quick: QuickPlant) -> list[float]:
    return read(
        quick, "AIFilmStudio/Production", "DatabaseConnectionErrors", "Sum", Service="backend"
    )[0]


def test_a_release_that_refuses_the_database_shows_in_its_metric(quick: QuickPlant) -> None:
    assert set(refused(quick)) == {0.0}
    assert len(refused(quick)) >= 3
    quick.control("release", service="backend", version="v1.5.0", refuses_database=True)
    quick.deploy("v1.5.0")
    # Healthy by its health check: only the metric tells.
    assert quick.settled()["deployments"][0]["failedTasks"] == 0
    until(lambda: len([value for value in refused(quick) if value > 1]) >= 2)
    connections, _ = read(
        quick, "AWS/RDS", "DatabaseConnections", "Maximum", DBInstanceIdentifier="prod-db"
    )
    assert connections[-1] > 90
    quick.deploy("v1.4.1")
    quick.settled()
    quick.control("advance", seconds=30)
    assert set(refused(quick)) == {0.0}


def test_an_ecs_service_has_its_own_load(quick: QuickPlant) -> None:
    where = {"ClusterName": "prod-cluster", "ServiceName": "backend-service-blue"}
    for name in ("CPUUtilization", "MemoryUtilization"):
        values, _ = read(quick, "AWS/ECS", name, "Average", **where)
        assert values
        assert all(5 < value < 95 for value in values)


def test_cloudwatch_may_be_partial_or_late(quick: QuickPlant) -> None:
    balancer = quick.listener()["LoadBalancerArn"].split(":loadbalancer/")[1]

    def requests() -> tuple[list[float], str]:
        return read(quick, "AWS/ApplicationELB", "RequestCount", "Sum", LoadBalancer=balancer)

    whole, status = requests()
    assert (len(whole) > 20, status) == (True, "Complete")
    quick.control("metrics", partial=True)
    half, status = requests()
    assert (0 < len(half) < len(whole), status) == (True, "PartialData")
    quick.control("metrics", partial=False, lag=20)
    late, status = requests()
    assert (0 < len(late) < len(whole) - 10, status) == (True, "Complete")


def test_a_database_is_backing_up_until_its_snapshot_is_there(quick: QuickPlant) -> None:
    quick.control("speed", factor=1)
    rds = quick.client("rds")
    tags = [{"Key": "filmops", "Value": "R7"}]
    made = rds.create_db_snapshot(
        DBInstanceIdentifier="prod-db", DBSnapshotIdentifier="filmops-r7", Tags=tags
    )["DBSnapshot"]
    assert (made["Status"], made["PercentProgress"]) == ("creating", 0)

    def instance() -> str:
        found = rds.describe_db_instances(DBInstanceIdentifier="prod-db")["DBInstances"]
        return str(found[0]["DBInstanceStatus"])

    assert instance() == "backing-up"
    with pytest.raises(ClientError) as caught:
        rds.create_db_snapshot(DBInstanceIdentifier="prod-db", DBSnapshotIdentifier="filmops-r8")
    assert caught.value.response["Error"]["Code"] == "InvalidDBInstanceState"
    quick.control("speed", factor=20)
    until(lambda: instance() == "available")
    (found,) = rds.describe_db_snapshots(DBSnapshotIdentifier="filmops-r7")["DBSnapshots"]
    assert (found["Status"], found["PercentProgress"]) == ("available", 100)
    assert found["TagList"] == tags
    manual = rds.describe_db_snapshots(DBInstanceIdentifier="prod-db", SnapshotType="manual")
    assert "filmops-r7" in [each["DBSnapshotIdentifier"] for each in manual["DBSnapshots"]]


def test_only_a_bad_release_complains_while_it_serves(quick: QuickPlant) -> None:
    logs = quick.client("logs")
    began = int(time.time() * 1000)

    def written(pattern: str) -> list[Any]:
        answer = logs.filter_log_events(
            logGroupName=GROUP, startTime=began, filterPattern=pattern, interleaved=True
        )
        found: list[Any] = answer["events"]
        return found

    until(lambda: len(written("?ERROR ?Exception")) >= 2)
    quick.control("weights", service="backend", blue=0, green=100)
    until(lambda: written("INFO green"))
    assert {event["logStreamName"] for event in written("ERROR")} == {"ecs/backend/blue"}
