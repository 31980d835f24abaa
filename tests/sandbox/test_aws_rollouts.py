"""A release is deployed to an idle colour as ECS would do it, be it good or bad."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.aws_plant import QuickPlant, until

pytestmark = pytest.mark.contract

BREAKER = "ECS deployment circuit breaker"


def breaker(*, enable: bool, rollback: bool = True) -> dict[str, Any]:
    return {"deploymentCircuitBreaker": {"enable": enable, "rollback": rollback}}


def test_new_tasks_warm_up_beside_the_old_ones_before_those_drain(quick: QuickPlant) -> None:
    quick.control("speed", factor=1)
    quick.control("release", service="backend", version="v1.5.0", p95_seconds=0.11)
    before = quick.ecs_service()["deployments"][0]
    primary, old = quick.deploy("v1.5.0")["deployments"]
    assert (primary["status"], primary["rolloutState"]) == ("PRIMARY", "IN_PROGRESS")
    assert primary["id"].startswith("ecs-svc/")
    assert (old["id"], old["runningCount"]) == (before["id"], 3)

    until(lambda: quick.targets() == ["healthy"] * 3 + ["initial"] * 3)
    assert quick.ecs_service()["runningCount"] == 6
    assert quick.says("backend@green/version")[1]["version"] == "v1.4.1"
    reasons = {
        target["TargetHealth"]["Reason"]
        for target in quick.client("elbv2").describe_target_health(
            TargetGroupArn=quick.half("green")["target_group_arn"]
        )["TargetHealthDescriptions"]
        if target["TargetHealth"]["State"] == "initial"
    }
    assert reasons == {"Elb.RegistrationInProgress"}

    healthy: list[int] = []

    def over() -> bool:
        healthy.append(quick.targets().count("healthy"))
        return len(quick.ecs_service()["deployments"]) == 1

    until(over)
    # Never fewer than wanted: the old ones wait until all the new ones have passed.
    assert min(healthy) == 3
    (only,) = quick.settled()["deployments"]
    assert (only["id"], only["rolloutState"]) == (primary["id"], "COMPLETED")
    assert (only["runningCount"], only["pendingCount"], only["failedTasks"]) == (3, 0, 0)
    assert quick.targets().count("healthy") == 3
    assert quick.says("backend@green/version") == (200, {"version": "v1.5.0", "colour": "green"})
    assert quick.half("green")["p95_seconds"] == 0.11


def test_a_new_version_and_another_number_of_tasks_come_together(quick: QuickPlant) -> None:
    quick.control("release", service="backend", version="v1.5.0")
    quick.deploy("v1.5.0", desiredCount=5)
    service = quick.settled()
    assert (service["desiredCount"], service["runningCount"]) == (5, 5)
    assert quick.half("green")["healthy_targets"] == 5


def test_the_circuit_breaker_ends_a_crashing_release_and_rolls_back(quick: QuickPlant) -> None:
    quick.control("speed", factor=4)
    quick.control("release", service="backend", version="v1.5.0", crashes=True)
    good = quick.ecs_service()
    primary = quick.deploy("v1.5.0")["deployments"][0]

    def failed() -> Any:
        entries = quick.ecs_service()["deployments"]
        return next((e for e in entries if e["rolloutState"] == "FAILED"), None)

    entry = until(failed)
    assert (entry["id"], entry["failedTasks"]) == (primary["id"], 3)
    assert entry["rolloutStateReason"] == f"{BREAKER}: tasks failed to start."
    back = quick.ecs_service()["deployments"][0]
    assert back["taskDefinition"] == good["taskDefinition"]
    assert back["rolloutStateReason"].startswith(f"{BREAKER}: rolling back to deploymentId ")

    after = quick.settled()
    assert after["taskDefinition"] == good["taskDefinition"]
    assert after["deployments"][0]["id"] not in (primary["id"], good["deployments"][0]["id"])
    crashed = [task for task in quick.stopped() if task["startedBy"] == primary["id"]]
    assert len(crashed) == 3
    assert crashed[0]["stoppedReason"] == "Essential container in task exited"
    codes = {each["name"]: each.get("exitCode") for each in crashed[0]["containers"]}
    assert codes == {"backend": 1, "log-router": 0}
    assert quick.says("backend@green/version")[1]["version"] == "v1.4.1"
    messages = [event["message"] for event in after["events"]]
    assert any("deployment failed: tasks failed to start." in text for text in messages)


def test_without_the_breaker_a_crashing_release_never_ends(quick: QuickPlant) -> None:
    quick.control("release", service="backend", version="v1.5.0", crashes=True)
    quick.deploy("v1.5.0", deploymentConfiguration=breaker(enable=False))

    def often() -> bool:
        return bool(quick.ecs_service()["deployments"][0]["failedTasks"] > 6)

    until(often)
    primary, old = quick.ecs_service()["deployments"]
    assert (primary["rolloutState"], old["runningCount"]) == ("IN_PROGRESS", 3)
    assert quick.says("backend@green/version")[1]["version"] == "v1.4.1"


def test_without_rollback_a_failed_deployment_stays_and_starts_nothing(quick: QuickPlant) -> None:
    quick.control("release", service="backend", version="v1.5.0", crashes=True)
    quick.deploy("v1.5.0", deploymentConfiguration=breaker(enable=True, rollback=False))

    def failed() -> bool:
        return bool(quick.ecs_service()["deployments"][0]["rolloutState"] == "FAILED")

    until(failed)
    primary, old = quick.ecs_service()["deployments"]
    assert (primary["pendingCount"], primary["failedTasks"]) == (0, 3)
    assert (old["rolloutState"], old["runningCount"]) == ("COMPLETED", 3)
    quick.control("scale", service="backend", colour="green", desired=1)
    until(lambda: quick.ecs_service()["runningCount"] == 1)


def test_a_release_that_fails_its_health_checks_is_rolled_back(quick: QuickPlant) -> None:
    quick.control("release", service="backend", version="v1.5.0", fails_health=True)
    good = quick.ecs_service()["taskDefinition"]
    failed = quick.deploy("v1.5.0")["deployments"][0]["id"]
    assert quick.settled()["taskDefinition"] == good
    reasons = {t["stoppedReason"][:39] for t in quick.stopped() if t["startedBy"] == failed}
    assert "Task failed ELB health checks in (targe" in reasons


def test_with_no_older_task_a_release_that_fails_its_checks_answers_503(quick: QuickPlant) -> None:
    quick.control("scale", service="backend", colour="green", desired=0)
    until(lambda: quick.ecs_service()["runningCount"] == 0)
    quick.control("release", service="backend", version="v1.5.0", fails_health=True)
    quick.deploy("v1.5.0", desiredCount=3, deploymentConfiguration=breaker(enable=False))
    quick.control("speed", factor=5)
    until(lambda: "unhealthy" in quick.targets())
    assert quick.says("backend@green/health")[0] == 503

    def set_again_and_again() -> bool:
        quick.control("scale", service="backend", colour="green", desired=3)
        return bool(quick.ecs_service()["deployments"][0]["failedTasks"] > 4)

    # Nobody's count makes it steady, whenever it is set.
    until(set_again_and_again)
    assert quick.ecs_service()["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert quick.says("backend/health")[0] == 200


def test_a_version_without_an_image_cannot_be_pulled(quick: QuickPlant) -> None:
    quick.control("release", service="backend", version="v1.5.0", image=False)
    started = quick.deploy("v1.5.0")["deployments"][0]["id"]
    quick.settled()
    (task, *_) = [task for task in quick.stopped() if task["startedBy"] == started]
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError")
    assert "exitCode" not in task["containers"][0]


def test_a_later_deployment_overtakes_the_one_before(quick: QuickPlant) -> None:
    for version in ("v1.5.0", "v1.5.1"):
        quick.control("release", service="backend", version=version)
    quick.deploy("v1.5.0")
    last = quick.deploy("v1.5.1")["deployments"][0]["id"]
    service = quick.settled()
    assert (service["deployments"][0]["id"], service["runningCount"]) == (last, 3)
    assert quick.half("green")["version"] == "v1.5.1"


def test_tasks_follow_who_else_sets_the_desired_count(quick: QuickPlant) -> None:
    before = quick.ecs_service()["deployments"][0]["id"]

    def scaled(desired: int) -> dict[str, Any]:
        quick.control("scale", service="backend", colour="green", desired=desired)
        until(lambda: quick.targets().count("healthy") == desired)
        return quick.ecs_service()

    for desired in (1, 4):
        service = scaled(desired)
        assert (service["desiredCount"], service["runningCount"]) == (desired, desired)
        assert service["deployments"][0]["id"] == before


def test_a_stopped_task_of_a_service_is_replaced(quick: QuickPlant) -> None:
    ecs = quick.client("ecs")
    where = {"cluster": "prod-cluster"}
    arn, *_ = ecs.list_tasks(**where, serviceName="backend-service-green")["taskArns"]
    stopped = ecs.stop_task(**where, task=arn, reason="tidying")["task"]
    assert (stopped["lastStatus"], stopped["stopCode"]) == ("STOPPED", "UserInitiated")
    until(lambda: quick.targets().count("healthy") == 3)
    assert arn not in ecs.list_tasks(**where, serviceName="backend-service-green")["taskArns"]
