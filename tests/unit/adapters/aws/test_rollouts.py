"""An ECS service's words about its deployments, and about tasks that stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from bot.adapters.aws import AwsClients
from bot.adapters.aws.rollouts import rollouts_of
from bot.adapters.aws.stopped import why_stopped
from bot.domain.live import Missing
from bot.domain.release import RolloutState
from bot.errors import OperationFailed
from bot.topology import load

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def deployment(number: int, status: str, state: str | None) -> Any:
    """One of a service's, the higher the number the newer."""
    told = {} if state is None else {"rolloutState": state, "rolloutStateReason": f"why {number}"}
    return {
        "id": f"ecs-svc/{number}",
        "status": status,
        "taskDefinition": f"arn:{number}",
        "createdAt": NOW + timedelta(minutes=number),
        "failedTasks": number,
        **told,
    }


def test_deployments_come_newest_first_with_ecs_own_words() -> None:
    service: Any = {
        "desiredCount": 3,
        "runningCount": 2,
        "deployments": [deployment(1, "ACTIVE", "FAILED"), deployment(2, "PRIMARY", "IN_PROGRESS")],
        "events": [
            {"createdAt": NOW + timedelta(seconds=number), "message": f"event {number}"}
            for number in range(9)
        ],
    }
    found = rollouts_of(service, ("a task stopped: no image",))
    assert [(each.id, each.state, each.failed, each.reason) for each in found.rollouts] == [
        ("ecs-svc/2", RolloutState.IN_PROGRESS, 2, "why 2"),
        ("ecs-svc/1", RolloutState.FAILED, 1, "why 1"),
    ]
    assert found.primary == found.rollouts[0]
    assert found.events == tuple(f"event {number}" for number in (8, 7, 6, 5, 4))
    assert found.stopped == ("a task stopped: no image",)


def test_a_service_another_deploys_is_told_apart() -> None:
    service: Any = {"serviceName": "backend", "deployments": [deployment(1, "PRIMARY", None)]}
    with pytest.raises(OperationFailed) as failed:
        rollouts_of(service, ())
    assert failed.value.code == "not_rolling"
    assert "backend" in failed.value.message


def stopped(reason: str, seconds: int, code: int | None = None) -> Any:
    """A task that stopped so many seconds ago."""
    ended = {} if code is None else {"exitCode": code}
    return {
        "taskArn": f"arn:{seconds}",
        "stoppedAt": NOW - timedelta(seconds=seconds),
        "stoppedReason": reason,
        "containers": [{"name": "backend", **ended}, {"name": "logs", "exitCode": 0}],
    }


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Clients whose ECS is stubbed."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    made = AwsClients(load(Path("filmops.toml")))
    yield made
    made.close()


def test_tasks_that_stopped_are_counted_by_reason_the_latest_first(clients: Any) -> None:
    exited = "Essential container in task exited"
    tasks = [
        stopped(exited, 30, 1),
        stopped(exited, 90, 1),
        stopped("CannotPullContainerError: not found", 10),
        stopped("Scaling activity initiated by (deployment ecs-svc/1)", 5, 143),
    ]
    with Stubber(clients.ecs()) as stub:
        stub.add_response("list_tasks", {"taskArns": [task["taskArn"] for task in tasks]})
        stub.add_response("describe_tasks", {"tasks": tasks})
        assert why_stopped(clients, "prod", "backend") == (
            "a task stopped: CannotPullContainerError: not found",
            "2 tasks stopped: Essential container in task exited (backend: exit code 1)",
        )


def test_a_denial_is_said_in_place_of_the_reasons(clients: Any) -> None:
    with Stubber(clients.ecs()) as stub:
        stub.add_client_error("list_tasks", "AccessDeniedException")
        told = why_stopped(clients, "prod", "backend")
    assert isinstance(told, Missing)
    assert told.reason.startswith("AWS ecs:ListTasks (tasks of backend): AccessDenied")
