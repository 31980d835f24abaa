"""The AWS plant as a process of its own, for tests: started on a free port, stopped at the end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3
import httpx
from botocore.config import Config

REGION = "us-east-1"
KEYS = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}


def start(folder: Path, *options: str, **environment: str) -> subprocess.Popen[bytes]:
    """The process alone, announcing itself in the folder."""
    command = [sys.executable, "-m", "sandbox.aws", "--topology", "filmops.toml"]
    command += ["--announce", str(folder / "aws.json"), *options]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.Popen(command, env={**clean, **environment}, stdout=subprocess.DEVNULL)


def until(true: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Poll until something is true and give it."""
    deadline = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)
    return value


class AwsPlant:
    """A running plant: boto3 clients to it, its control, its product."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._process = start(folder, *options)
        announced = folder / "aws.json"
        until(lambda: announced.exists() or self._process.poll() is not None, 40)
        self.url: str = json.loads(announced.read_text(encoding="utf-8"))["url"]
        self.http = httpx.Client(base_url=self.url, timeout=10)

    def __enter__(self) -> AwsPlant:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()
        self._process.terminate()
        assert self._process.wait(timeout=10) == 0

    def client(self, service: str, attempts: int = 1) -> Any:
        """A plain boto3 client that does not repeat calls unless asked to."""
        config = Config(retries={"total_max_attempts": attempts, "mode": "standard"})
        # The stubs know a service only by its literal name.
        make: Any = boto3.client
        return make(service, region_name=REGION, endpoint_url=self.url, config=config, **KEYS)

    def control(self, name: str, **body: Any) -> Any:
        """POST to the control."""
        return self.http.post(f"/_control/{name}", json=body).raise_for_status().json()

    def calls(self, action: str) -> list[dict[str, Any]]:
        """The recorded calls of an action."""
        answer = self.http.get("/_control/calls", params={"action": action})
        found: list[dict[str, Any]] = answer.raise_for_status().json()["calls"]
        return found

    def half(self, colour: str) -> dict[str, Any]:
        """What the control says of one colour of the backend."""
        state = self.http.get("/_control/state").raise_for_status().json()
        found: dict[str, Any] = state["services"]["backend"][colour]
        return found

    def listener(self) -> dict[str, Any]:
        """The prod listener that forwards."""
        elb = self.client("elbv2")
        arn = elb.describe_load_balancers(Names=["prod-alb"])["LoadBalancers"][0]["LoadBalancerArn"]
        listeners = elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
        found: dict[str, Any] = next(
            entry for entry in listeners if entry["DefaultActions"][0]["Type"] == "forward"
        )
        return found

    def metric(self, name: str, stat: str, colour: str | None, minutes: int = 5) -> list[float]:
        """Closed minutes of a metric of the backend, newest first."""
        dimensions = [
            {
                "Name": "LoadBalancer",
                "Value": self.listener()["LoadBalancerArn"].split(":loadbalancer/")[1],
            }
        ]
        if colour is not None:
            group = self.half(colour)["target_group_arn"].split(":")[-1]
            dimensions.append({"Name": "TargetGroup", "Value": group})
        end = datetime.now(UTC).replace(second=0, microsecond=0)
        answer = self.client("cloudwatch").get_metric_data(
            StartTime=end - timedelta(minutes=minutes),
            EndTime=end,
            MetricDataQueries=[query("q", name, stat, dimensions)],
        )
        values: list[float] = answer["MetricDataResults"][0]["Values"]
        return values


def query(
    name: str, metric: str, stat: str, dimensions: list[dict[str, str]], period: int = 60
) -> dict[str, Any]:
    """One GetMetricData query on the load balancers' namespace."""
    about = {"Namespace": "AWS/ApplicationELB", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": about, "Period": period, "Stat": stat}}
