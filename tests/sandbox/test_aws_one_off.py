"""A migration is a task of its own: it runs, it writes, it ends with an exit code."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.aws_plant import QuickPlant, until

pytestmark = pytest.mark.contract

CLUSTER = "prod-cluster"


def run(quick: QuickPlant, **more: Any) -> dict[str, Any]:
    network = quick.ecs_service("blue")["networkConfiguration"]
    asked = {"taskDefinition": "backend-migrate", "networkConfiguration": network, **more}
    (task,) = quick.client("ecs").run_task(cluster=CLUSTER, launchType="FARGATE", **asked)["tasks"]
    found: dict[str, Any] = task
    return found


def look(quick: QuickPlant, task: dict[str, Any]) -> dict[str, Any]:
    answer = quick.client("ecs").describe_tasks(cluster=CLUSTER, tasks=[task["taskArn"]])
    found: dict[str, Any] = answer["tasks"][0]
    return found


def ended(quick: QuickPlant, task: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = until(
        lambda: (now := look(quick, task))["lastStatus"] == "STOPPED" and now
    )
    return found


def lines(quick: QuickPlant, task: dict[str, Any]) -> list[str]:
    events = quick.client("logs").get_log_events(
        logGroupName="/aws/ecs/prod/backend",
        logStreamName=f"ecs/backend/{task['taskArn'].split('/')[-1]}",
        startFromHead=True,
    )["events"]
    return [event["message"] for event in events]


def test_it_goes_through_its_states_and_writes_while_it_runs(quick: QuickPlant) -> None:
    quick.control("speed", factor=1)
    seen = [(task := run(quick))["lastStatus"]]

    def moved_on() -> Any:
        seen.append(look(quick, task)["lastStatus"])
        return seen[-1] == "RUNNING"

    until(moved_on)
    assert list(dict.fromkeys(seen)) == ["PROVISIONING", "PENDING", "RUNNING"]
    assert lines(quick, task)[0] == "backend-migrate: $ alembic upgrade head"
    quick.control("speed", factor=20)
    assert [c.get("exitCode") for c in ended(quick, task)["containers"]] == [0, 0]
    written = lines(quick, task)
    assert any("Running upgrade" in line for line in written)
    assert written[-1] == "backend-migrate: done"


def test_what_started_it_finds_it_running_and_stopped(quick: QuickPlant) -> None:
    ecs = quick.client("ecs")
    override = {"name": "backend", "command": ["alembic", "downgrade", "-1"]}
    task = run(quick, startedBy="run-7", overrides={"containerOverrides": [override]})

    def found(status: str) -> Any:
        answer = ecs.list_tasks(cluster=CLUSTER, startedBy="run-7", desiredStatus=status)
        return answer["taskArns"]

    assert (found("RUNNING"), found("STOPPED")) == ([task["taskArn"]], [])
    ended(quick, task)
    assert (found("RUNNING"), found("STOPPED")) == ([], [task["taskArn"]])
    assert lines(quick, task)[0] == "backend-migrate: $ alembic downgrade -1"


def test_a_repeated_token_gives_the_same_task(quick: QuickPlant) -> None:
    first = run(quick, clientToken="R7-migrate")
    again = run(quick, clientToken="R7-migrate")
    other = run(quick, clientToken="R8-migrate")
    assert first["taskArn"] == again["taskArn"] != other["taskArn"]
    with pytest.raises(ClientError) as caught:
        run(quick, clientToken="R7-migrate", startedBy="somebody else")
    assert caught.value.response["Error"]["Code"] == "ConflictException"


def test_a_release_s_migration_fails_with_its_own_code(quick: QuickPlant) -> None:
    quick.control("release", service="backend", version="v1.5.0", migration_exit_code=4)
    definition = quick.revision_of("v1.5.0", "backend-migrate")
    task = run(quick, taskDefinition=definition)
    assert ended(quick, task)["containers"][0]["exitCode"] == 4
    assert "ERROR" in lines(quick, task)[-1]


def test_it_is_stopped_by_who_asks_for_it(quick: QuickPlant) -> None:
    quick.control("speed", factor=1)
    task = run(quick)
    quick.client("ecs").stop_task(cluster=CLUSTER, task=task["taskArn"], reason="R7 was aborted")
    stopped = look(quick, task)
    assert (stopped["lastStatus"], stopped["stoppedReason"]) == ("STOPPED", "R7 was aborted")
    assert "exitCode" not in stopped["containers"][0]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"networkConfiguration": {}}, "InvalidParameterException"),
        ({"overrides": {"containerOverrides": [{"name": "x"}]}}, "InvalidParameterException"),
        ({"taskDefinition": "backend-migrate:99"}, "ClientException"),
    ],
)
def test_what_ecs_refuses_is_refused(
    quick_process: QuickPlant, more: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        run(quick_process, **more)
    assert caught.value.response["Error"]["Code"] == code


def test_where_somebody_said_how_it_ends_no_alembic_is_run(quick: QuickPlant) -> None:
    quick.control("real-migrations", on=True)
    quick.control("release", service="backend", version="v1.5.0", migration_exit_code=4)
    definition = quick.revision_of("v1.5.0", "backend-migrate")
    by_release = run(quick, taskDefinition=definition)
    assert ended(quick, by_release)["containers"][0]["exitCode"] == 4
    quick.control("task-exit", family="backend-migrate", exitCode=0)
    by_hand = run(quick)
    assert ended(quick, by_hand)["containers"][0]["exitCode"] == 0
    assert lines(quick, by_hand)[1].endswith("Context impl PostgresqlImpl.")
