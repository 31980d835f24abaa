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
from typing import Any, Self

import boto3
import httpx
from botocore.config import Config

from tests.cast import Cast, popen

REGION = "us-east-1"
KEYS = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}


def start(folder: Path, *options: str, **environment: str) -> subprocess.Popen[bytes] | Cast:
    """The process alone, announcing itself in the folder."""
    command = [sys.executable, "-m", "sandbox.aws", "--topology", "filmops.toml"]
    command += ["--announce", str(folder / "aws.json"), *options]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return popen(command, env={**clean, **environment})


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

    def __enter__(self) -> Self:
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


class QuickPlant(AwsPlant):
    """A plant on which deployments take tenths of a second, and the words its tests speak in."""

    def __init__(self, folder: Path) -> None:
        options = ("--seed-minutes", "1", "--speed", "20")
        super().__init__(folder, *options, "--product-database", str(folder / "product"))

    def ecs_service(self, colour: str = "green", cluster: str = "prod-cluster") -> dict[str, Any]:
        """What ECS says of one colour's service."""
        answer = self.client("ecs").describe_services(
            cluster=cluster, services=[f"backend-service-{colour}"]
        )
        found: dict[str, Any] = answer["services"][0]
        return found

    def revision_of(self, version: str, service: str = "backend") -> str:
        """Register a copy of the service's newest revision that runs this version."""
        ecs = self.client("ecs")
        copy = ecs.describe_task_definition(taskDefinition=service)["taskDefinition"]
        for name in ANSWERED_ONLY:
            copy.pop(name, None)
        image = copy["containerDefinitions"][0]["image"]
        copy["containerDefinitions"][0]["image"] = image.replace(image.split(":")[-1], version)
        made: str = ecs.register_task_definition(**copy)["taskDefinition"]["taskDefinitionArn"]
        return made

    def deploy(self, version: str, colour: str = "green", **more: Any) -> dict[str, Any]:
        """Update the colour's service to this version; what ECS answers."""
        answer = self.client("ecs").update_service(
            cluster="prod-cluster",
            service=f"backend-service-{colour}",
            taskDefinition=self.revision_of(version),
            **more,
        )
        found: dict[str, Any] = answer["service"]
        return found

    def settled(self, colour: str = "green") -> dict[str, Any]:
        """The colour's service once it has one deployment and that is over."""

        def over() -> Any:
            service = self.ecs_service(colour)
            only = service["deployments"][0]
            done = len(service["deployments"]) == 1 and only["rolloutState"] != "IN_PROGRESS"
            return done and service

        found: dict[str, Any] = until(over)
        return found

    def stopped(self, colour: str = "green") -> list[dict[str, Any]]:
        """The colour's tasks that have stopped, oldest first."""
        ecs = self.client("ecs")
        arns = ecs.list_tasks(
            cluster="prod-cluster", serviceName=f"backend-service-{colour}", desiredStatus="STOPPED"
        )["taskArns"]
        if not arns:
            return []
        found: list[dict[str, Any]] = ecs.describe_tasks(cluster="prod-cluster", tasks=arns)[
            "tasks"
        ]
        return found

    def targets(self, colour: str = "green") -> list[str]:
        """The states of the colour's targets."""
        arn = self.half(colour)["target_group_arn"]
        described = self.client("elbv2").describe_target_health(TargetGroupArn=arn)
        return sorted(t["TargetHealth"]["State"] for t in described["TargetHealthDescriptions"])

    def says(self, path: str) -> tuple[int, dict[str, Any]]:
        """Status and body of an address of the product."""
        answer = self.http.get(f"/_product/{path}")
        return answer.status_code, answer.json()


# What describe_task_definition answers and register_task_definition does not take.
ANSWERED_ONLY = (
    *("taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities"),
    *("registeredAt", "registeredBy"),
)
