"""The plant's faults, records and reset; and when it will not start at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.sandbox.aws_plant import AwsPlant, query, start

pytestmark = pytest.mark.contract

LAG = 120


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsPlant]:
    options = ("--metrics-lag", str(LAG), "--seed-minutes", "6")
    with AwsPlant(tmp_path_factory.mktemp("aws"), *options) as plant:
        yield plant


@pytest.fixture
def plant(process: AwsPlant) -> AwsPlant:
    process.control("reset")
    return process


def move(plant: AwsPlant, listener: dict[str, Any], attempts: int = 1) -> None:
    """Send the listener its own actions with the weights exchanged."""
    actions = listener["DefaultActions"]
    for group in actions[0]["ForwardConfig"]["TargetGroups"]:
        group["Weight"] = 100 - group["Weight"]
    plant.client("elbv2", attempts).modify_listener(
        ListenerArn=listener["ListenerArn"], DefaultActions=actions
    )


def weight(plant: AwsPlant, colour: str) -> int:
    return int(plant.half(colour)["weight"])


def test_changes_are_recorded_with_what_they_carried_and_reads_without(plant: AwsPlant) -> None:
    listener = plant.listener()
    move(plant, listener)
    (call,) = plant.calls("ModifyListener")
    assert (call["service"], call["outcome"]) == ("elasticloadbalancing", "done")
    assert call["parameters"]["ListenerArn"] == listener["ListenerArn"]
    assert plant.calls("DescribeListeners")[0]["parameters"] == {}


@pytest.mark.parametrize(
    ("service", "action", "ask", "code"),
    [
        (
            "elbv2",
            "elasticloadbalancing.DescribeLoadBalancers",
            "describe_load_balancers",
            "Throttling",
        ),
        ("ecs", "ecs.ListClusters", "list_clusters", "AccessDeniedException"),
        ("cloudwatch", "cloudwatch.ListMetrics", "list_metrics", "Throttling"),
        ("ec2", "ec2.DescribeVpcs", "describe_vpcs", "RequestLimitExceeded"),
        ("sqs", "sqs.ListQueues", "list_queues", "AccessDenied"),
        ("logs", "logs.DescribeLogGroups", "describe_log_groups", "ThrottlingException"),
    ],
)
def test_an_error_arrives_in_the_protocol_of_its_service(
    plant: AwsPlant, service: str, action: str, ask: str, code: str
) -> None:
    plant.control("faults", match=action, kind="status", status=400, code=code)
    with pytest.raises(ClientError) as caught:
        getattr(plant.client(service), ask)()
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    getattr(plant.client(service), ask)()


def test_a_dropped_call_has_acted_and_a_refused_one_has_not(plant: AwsPlant) -> None:
    listener = plant.listener()
    for kind, outcome, blue in (("refuse", "refused", 100), ("drop", "dropped", 0)):
        plant.control("faults", match="elasticloadbalancing.ModifyListener", kind=kind)
        with pytest.raises(ConnectionClosedError):
            move(plant, plant.listener())
        assert plant.calls("ModifyListener")[-1]["outcome"] == outcome
        assert weight(plant, "blue") == blue
    assert plant.listener() != listener


def test_a_slow_call_holds_up_nobody_else(plant: AwsPlant) -> None:
    plant.control("faults", match="ecs.*", kind="latency", seconds=0.3, times=None)
    plant.client("ecs").list_clusters()
    assert plant.calls("ListClusters")[0]["outcome"] == "done"
    assert len(plant.http.get("/_control/faults").json()["faults"]) == 1
    plant.http.delete("/_control/faults").raise_for_status()
    assert plant.http.get("/_control/faults").json()["faults"] == []


def test_reset_brings_back_the_same_account(plant: AwsPlant) -> None:
    before = plant.listener()
    move(plant, plant.listener())
    plant.control("colour", service="backend", colour="blue", version="v9.9.9", running=1)
    plant.control("deny", action="ecs:ListTasks")
    assert plant.half("blue")["running"] == 1

    plant.control("reset")

    assert plant.listener() == before
    assert plant.half("blue")["version"] == "v1.4.2"
    assert plant.half("blue")["running"] == 3
    assert plant.calls("ModifyListener") == []
    assert plant.http.get("/_control/state").json()["denied"] == []


def test_the_healthy_scenario_has_no_bad_release(plant: AwsPlant) -> None:
    plant.control("reset", scenario="healthy")
    assert plant.half("blue")["error_rate"] < 0.01
    answer = plant.http.post("/_control/reset", json={"scenario": "unheard-of"})
    assert answer.status_code == 400
    assert "unheard-of" in answer.json()["error"]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("colour", {"service": "nobody", "colour": "blue"}),
        ("colour", {"service": "backend", "colour": "mauve"}),
        ("colour", {"service": "backend", "colour": "blue", "speed": 9}),
        ("weights", {"service": "backend", "blue": 1000, "green": 0}),
        ("advance", {"seconds": -1}),
        ("faults", {"match": "*", "kind": "explode"}),
    ],
)
def test_a_knob_that_does_not_exist_is_refused(
    plant: AwsPlant, name: str, body: dict[str, Any]
) -> None:
    answer = plant.http.post(f"/_control/{name}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_data_younger_than_the_lag_is_not_there_yet(plant: AwsPlant) -> None:
    balancer = plant.listener()["LoadBalancerArn"].split(":loadbalancer/")[1]
    dimensions = [{"Name": "LoadBalancer", "Value": balancer}]
    asked = datetime.now(UTC)
    found = plant.client("cloudwatch").get_metric_data(
        StartTime=asked - timedelta(minutes=10),
        EndTime=asked,
        MetricDataQueries=[query("q", "RequestCount", "Sum", dimensions, period=1)],
    )["MetricDataResults"][0]["Timestamps"]
    answered = datetime.now(UTC)
    assert found[0] <= answered - timedelta(seconds=LAG)
    assert found[0] >= asked - timedelta(seconds=LAG + 5)


def test_it_does_not_start_with_keys_that_look_real(tmp_path: Path) -> None:
    # Put together here so that no scanner takes it for a leaked key.
    process = start(tmp_path, AWS_ACCESS_KEY_ID="AKIA" + "Q7" * 8)
    assert process.wait(timeout=40) == 2
    assert not (tmp_path / "aws.json").exists()
