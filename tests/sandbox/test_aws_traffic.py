"""Customers feel the release, CloudWatch shows it, and moving the weights heals it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.aws_plant import AwsPlant, query

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsPlant]:
    with AwsPlant(tmp_path_factory.mktemp("aws")) as plant:
        yield plant


@pytest.fixture
def plant(process: AwsPlant) -> AwsPlant:
    process.control("reset")
    return process


def error_rate(plant: AwsPlant, colour: str | None) -> float:
    requests = plant.metric("RequestCount", "Sum", colour)
    errors = plant.metric("HTTPCode_Target_5XX_Count", "Sum", colour)
    return sum(errors) / sum(requests)


def test_the_live_colour_looks_bad_from_the_start(plant: AwsPlant) -> None:
    assert error_rate(plant, "blue") == pytest.approx(0.08, abs=0.01)
    slow = plant.metric("TargetResponseTime", "p95", "blue")
    assert len(slow) == 5
    assert all(value == pytest.approx(0.7, rel=0.03) for value in slow)
    assert plant.metric("HealthyHostCount", "Minimum", "blue") == [3.0] * 5
    assert plant.metric("UnHealthyHostCount", "Maximum", "blue") == [0.0] * 5


def test_a_colour_without_traffic_has_no_requests_and_still_its_health(plant: AwsPlant) -> None:
    assert plant.metric("RequestCount", "Sum", "green") == []
    assert plant.metric("HTTPCode_Target_5XX_Count", "Sum", "green") == []
    assert plant.metric("HealthyHostCount", "Minimum", "green") == [3.0] * 5


def test_moving_the_weights_heals_the_metrics(plant: AwsPlant) -> None:
    plant.control("weights", service="backend", blue=0, green=100)
    plant.control("advance", seconds=600)

    assert plant.metric("RequestCount", "Sum", "blue") == []
    assert error_rate(plant, "green") < 0.01
    assert error_rate(plant, None) < 0.01
    assert max(plant.metric("TargetResponseTime", "p95", None)) < 0.3


def test_weights_split_the_requests(plant: AwsPlant) -> None:
    plant.control("weights", service="backend", blue=10, green=90)
    plant.control("advance", seconds=600)

    blue = sum(plant.metric("RequestCount", "Sum", "blue"))
    everything = sum(plant.metric("RequestCount", "Sum", None))
    assert blue / everything == pytest.approx(0.1, abs=0.02)


def test_equal_weights_are_half_each(plant: AwsPlant) -> None:
    plant.control("weights", service="backend", blue=50, green=50)
    plant.control("advance", seconds=600)
    blue, green = (sum(plant.metric("RequestCount", "Sum", c)) for c in ("blue", "green"))
    assert blue == pytest.approx(green, rel=0.02)


def test_changing_only_the_default_action_leaves_the_rule_s_customers_behind(
    plant: AwsPlant,
) -> None:
    listener = plant.listener()
    actions = listener["DefaultActions"]
    for group in actions[0]["ForwardConfig"]["TargetGroups"]:
        group["Weight"] = 100 - group["Weight"]
    plant.client("elbv2").modify_listener(
        ListenerArn=listener["ListenerArn"], DefaultActions=actions
    )

    assert plant.half("blue")["share"] == pytest.approx(0.7)
    login = plant.http.post("/_product/backend/api/v1/auth/login", json={})
    health = plant.http.get("/_product/backend/health")
    assert (login.json()["colour"], health.json()["colour"]) == ("blue", "green")


def test_without_a_healthy_target_the_balancer_fails_and_the_targets_say_nothing(
    plant: AwsPlant,
) -> None:
    plant.control("colour", service="backend", colour="blue", unhealthy_targets=3)
    plant.control("advance", seconds=600)

    assert plant.metric("HTTPCode_Target_2XX_Count", "Sum", "blue") == []
    refused = plant.metric("TargetConnectionErrorCount", "Sum", "blue")
    assert refused == plant.metric("HTTPCode_ELB_5XX_Count", "Sum", None)
    assert len(refused) == 5
    assert plant.http.get("/_product/backend/health").status_code == 503


def test_the_product_is_answered_by_the_heaviest_colour(plant: AwsPlant) -> None:
    version = plant.http.get("/_product/backend/version")
    assert version.json() == {"version": "v1.4.2", "colour": "blue"}
    plant.control("weights", service="backend", blue=0, green=100)
    version = plant.http.get("/_product/backend/version")
    assert version.json() == {"version": "v1.4.1", "colour": "green"}
    assert plant.http.post("/_product/backend/api/v1/auth/login", json={}).status_code == 200
    plant.control("colour", service="backend", colour="green", error_rate=0.9)
    assert plant.http.post("/_product/backend/api/v1/auth/login", json={}).status_code == 500
    plant.control("weights", service="backend", blue=0, green=0)
    assert plant.http.get("/_product/backend/version").status_code == 503


def test_metric_data_comes_newest_first_in_pages_and_in_any_valid_period(plant: AwsPlant) -> None:
    cloudwatch, end = plant.client("cloudwatch"), datetime.now(UTC)
    balancer = plant.listener()["LoadBalancerArn"].split(":loadbalancer/")[1]
    dimensions = [{"Name": "LoadBalancer", "Value": balancer}]

    def ask(period: int, **more: Any) -> Any:
        return cloudwatch.get_metric_data(
            StartTime=end - timedelta(minutes=4),
            EndTime=end,
            MetricDataQueries=[query("q", "RequestCount", "Sum", dimensions, period)],
            **more,
        )

    newest_first = ask(10)["MetricDataResults"][0]["Timestamps"]
    assert newest_first == sorted(newest_first, reverse=True)
    first = ask(10, MaxDatapoints=10)
    assert first["MetricDataResults"][0]["StatusCode"] == "PartialData"
    rest = ask(10, NextToken=first["NextToken"])
    pages = [page["MetricDataResults"][0]["Timestamps"] for page in (first, rest)]
    assert pages[0] + pages[1] == newest_first
    assert "NextToken" not in rest
    with pytest.raises(ClientError, match="Period 7"):
        ask(7)


def test_what_it_cannot_compute_is_refused_and_never_empty(plant: AwsPlant) -> None:
    cloudwatch, end = plant.client("cloudwatch"), datetime.now(UTC)
    times = {"StartTime": end - timedelta(minutes=4), "EndTime": end}
    with pytest.raises(ClientError, match="expression"):
        cloudwatch.get_metric_data(
            MetricDataQueries=[{"Id": "rate", "Expression": "errors/requests"}], **times
        )
    queries = [query(f"q{n}", "RequestCount", "Sum", []) for n in range(501)]
    with pytest.raises(ClientError, match="500"):
        cloudwatch.get_metric_data(MetricDataQueries=queries, **times)
    with pytest.raises(ClientError, match="statistic"):
        cloudwatch.get_metric_data(
            MetricDataQueries=[query("q", "RequestCount", "TM(10%:90%)", [])], **times
        )


def test_own_metrics_live_in_their_own_namespace(plant: AwsPlant) -> None:
    cloudwatch, end = plant.client("cloudwatch"), datetime.now(UTC) + timedelta(seconds=5)
    dimensions = [{"Name": "Job", "Value": "render"}]
    datum = {"MetricName": "Seconds", "Dimensions": dimensions, "Values": [1, 3], "Counts": [1, 3]}
    cloudwatch.put_metric_data(Namespace="Studio", MetricData=[datum])

    def read(namespace: str) -> Any:
        return cloudwatch.get_metric_statistics(
            Namespace=namespace,
            MetricName="Seconds",
            Dimensions=dimensions,
            StartTime=end - timedelta(minutes=2),
            EndTime=end,
            Period=3600,
            Statistics=["Sum", "SampleCount"],
            ExtendedStatistics=["p90"],
        )["Datapoints"]

    (point,) = read("Studio")
    assert (point["Sum"], point["SampleCount"]) == (10, 4)
    assert point["ExtendedStatistics"]["p90"] == 3
    assert read("Other") == []
    assert len(cloudwatch.list_metrics(Namespace="Studio")["Metrics"]) == 1
    with pytest.raises(ClientError, match="AWS/"):
        cloudwatch.put_metric_data(Namespace="AWS/ECS", MetricData=[datum])


def test_so_many_customers_come_as_somebody_says(plant: AwsPlant) -> None:
    plant.control("customers", requests_per_second=1000)
    plant.control("advance", seconds=600)
    assert min(plant.metric("RequestCount", "Sum", "blue")) > 50_000
    plant.control("customers", requests_per_second=0)
    plant.control("advance", seconds=600)
    assert plant.metric("RequestCount", "Sum", "blue") == []
    assert plant.metric("HealthyHostCount", "Minimum", "blue") == [3.0] * 5


def test_a_workflow_brings_a_version_and_all_the_traffic_at_once(plant: AwsPlant) -> None:
    plant.control("workflow", service="backend", colour="green", version="v1.4.3")
    state = plant.http.get("/_control/state").json()["services"]["backend"]
    told = [(half["version"], half["serving"], half["weight"]) for half in state.values()]
    assert told == [("v1.4.2", "v1.4.2", 0), ("v1.4.3", "v1.4.3", 100)]
    assert [half["healthy_targets"] for half in state.values()] == [3, 3]
