"""What ECS' words about a one-off task mean."""

from __future__ import annotations

from typing import Any

import pytest

from bot.adapters.aws.one_off import errand_of, not_started, stream_of
from bot.domain.release import Errand, ErrandState
from bot.errors import OperationFailed, Temporary
from bot.topology import Migration

pytestmark = pytest.mark.unit

ARN = "arn:aws:ecs:us-east-1:123456789012:task/prod-cluster/0f3a"
MIGRATION = Migration(family="migrate", container="app")


def task(status: str, *containers: dict[str, Any], **more: Any) -> Any:
    """A described task."""
    return {"taskArn": ARN, "lastStatus": status, "containers": list(containers), **more}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("PROVISIONING", ErrandState.STARTING),
        ("PENDING", ErrandState.STARTING),
        ("RUNNING", ErrandState.RUNNING),
        ("DEPROVISIONING", ErrandState.RUNNING),
        ("STOPPED", ErrandState.STOPPED),
    ],
)
def test_a_task_is_over_only_when_it_has_stopped(status: str, state: ErrandState) -> None:
    assert errand_of(task(status, {"name": "app"}), MIGRATION).state is state


def test_the_exit_code_is_the_migrating_containers() -> None:
    sidecar, app = {"name": "logs", "exitCode": 0}, {"name": "app", "exitCode": 3}
    assert errand_of(task("STOPPED", sidecar, app), MIGRATION).exit_code == 3
    overrides = {"containerOverrides": [{"name": "app", "command": ["alembic"]}]}
    unnamed = task("STOPPED", sidecar, app, overrides=overrides)
    assert errand_of(unnamed, Migration(family="migrate")).exit_code == 3


def test_a_container_that_never_began_has_no_exit_code_and_its_reason() -> None:
    app = {"name": "app", "reason": "CannotPullContainerError: not found"}
    stopped = task("STOPPED", app, stoppedReason="Task failed to start")
    assert errand_of(stopped, MIGRATION) == Errand(
        arn=ARN,
        state=ErrandState.STOPPED,
        exit_code=None,
        reason="Task failed to start; CannotPullContainerError: not found",
    )


def definition(driver: str = "awslogs", **options: str) -> dict[str, Any]:
    """A definition that writes there."""
    logs = {"logDriver": driver, "options": options}
    return {"containerDefinitions": [{"name": "app", "logConfiguration": logs}]}


def test_a_stream_is_named_by_prefix_container_and_task() -> None:
    there = definition(**{"awslogs-group": "/ecs/m", "awslogs-stream-prefix": "ecs"})
    assert stream_of(there, MIGRATION, ARN, "us-east-1") == {
        "logGroupName": "/ecs/m",
        "logStreamNames": ["ecs/app/0f3a"],
    }


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"containerDefinitions": [{"name": "app"}]},
        definition("awsfirelens", **{"awslogs-group": "/ecs/m", "awslogs-stream-prefix": "ecs"}),
        definition(**{"awslogs-group": "/ecs/m"}),
        definition(
            **{
                "awslogs-group": "/ecs/m",
                "awslogs-stream-prefix": "ecs",
                "awslogs-region": "eu-west-1",
            }
        ),
    ],
    ids=["no log", "another driver", "no prefix", "another region"],
)
def test_a_log_we_cannot_name_or_read_is_none(elsewhere: dict[str, Any]) -> None:
    assert stream_of(elsewhere, MIGRATION, ARN, "us-east-1") is None


@pytest.mark.parametrize(
    ("reasons", "error"),
    [
        (["RESOURCE:MEMORY", "AGENT"], Temporary),
        (["Capacity is unavailable at this time"], Temporary),
        (["MISSING"], OperationFailed),
        (["RESOURCE:CPU", "MISSING"], OperationFailed),
        ([], OperationFailed),
    ],
)
def test_only_capacity_is_worth_another_try(reasons: list[str], error: type[Exception]) -> None:
    failures: Any = [{"reason": reason} for reason in reasons]
    assert type(not_started("task of migrate", failures)) is error
