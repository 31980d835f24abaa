"""The parameters of a one-off task: what the plan shows, and what only AWS knows."""

from __future__ import annotations

from typing import Any

import pytest

from bot.adapters.aws import calls
from bot.topology import Migration

pytestmark = pytest.mark.unit

NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}}


def sent(migration: Migration, like: dict[str, Any]) -> dict[str, Any]:
    """What would be sent for it beside such a service."""
    _, shown = calls.run_task("prod", migration, "R1-migrate")
    return calls.run_task_as(shown, migration, revision="arn:7", container="app", like=like)


def test_it_runs_in_the_services_network_on_its_machines_with_the_key_as_token() -> None:
    like = {"networkConfiguration": NETWORK, "launchType": "FARGATE", "desiredCount": 3}
    assert sent(Migration(family="migrate"), like) == {
        "cluster": "prod",
        "count": 1,
        "startedBy": "R1-migrate",
        "clientToken": "R1-migrate",
        "tags": [{"key": "filmops", "value": "R1-migrate"}],
        "overrides": {
            "containerOverrides": [{"name": "app", "command": ["alembic", "upgrade", "head"]}]
        },
        "taskDefinition": "arn:7",
        "networkConfiguration": NETWORK,
        "launchType": "FARGATE",
    }


def test_a_strategy_of_capacity_providers_goes_without_a_launch_type() -> None:
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    made = sent(
        Migration(family="migrate"), {"capacityProviderStrategy": strategy, "launchType": "FARGATE"}
    )
    assert made["capacityProviderStrategy"] == strategy
    assert "launchType" not in made


def test_a_container_the_topology_names_is_shown_and_one_it_does_not_is_left_out() -> None:
    _, named = calls.run_task("prod", Migration(family="m", container="web"), "k")
    _, unnamed = calls.run_task("prod", Migration(family="m"), "k")
    assert named["overrides"]["containerOverrides"][0]["name"] == "web"
    assert "name" not in unnamed["overrides"]["containerOverrides"][0]
