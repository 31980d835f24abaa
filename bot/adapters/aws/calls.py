"""The exact parameters of what a deployment changes in ECS: pure, no calls.

Before it come the ports of a release; after it AWS, the memory twin, and the plan, which shows
exactly these. Source: *ECS API Reference*, UpdateService and RunTask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.errors import OperationFailed
from bot.topology import Colour, Migration, Service

Call = tuple[str, dict[str, Any]]


def update_service(
    cluster: str, service: Service, colour: Colour, *, revision: str | None, desired: int | None
) -> Call:
    """What is None is left out: a count that is sent overrules who else sets it.

    Raises OperationFailed("nothing") when both are.
    """
    name = service.colours[colour].ecs_service
    if revision is None and desired is None:
        raise OperationFailed(f"{name}: there is nothing to change", code="nothing")
    parameters: dict[str, Any] = {"cluster": cluster, "service": name}
    if revision is not None:
        parameters["taskDefinition"] = revision
    if desired is not None:
        parameters["desiredCount"] = desired
    return "update_service", parameters


def run_task(cluster: str, migration: Migration, key: str) -> Call:
    """Started by `key` and with `key` as token: ECS makes one task of two equal calls."""
    return "run_task", {
        "cluster": cluster,
        "count": 1,
        "startedBy": key,
        "clientToken": key,
        "overrides": {"containerOverrides": [_override(migration, migration.container)]},
        "tags": [{"key": "filmops", "value": key}],
    }


def run_task_as(
    parameters: Mapping[str, Any],
    migration: Migration,
    *,
    revision: str,
    container: str,
    like: Mapping[str, Any],
) -> dict[str, Any]:
    """The same with what only AWS knows: the revision, its container, and where to run.

    `like` is an ECS service as described, in whose network and on whose machines it runs.
    """
    # A provider strategy and a launch type exclude each other; a service has one of them.
    where = {
        name: like[name]
        for name in ("networkConfiguration", "capacityProviderStrategy", "launchType")
        if like.get(name)
    }
    if "capacityProviderStrategy" in where:
        where.pop("launchType", None)
    override = _override(migration, container)
    return {
        **parameters,
        "taskDefinition": revision,
        "overrides": {"containerOverrides": [override]},
        **where,
    }


def _override(migration: Migration, container: str) -> dict[str, Any]:
    named = {"name": container} if container else {}
    return {**named, "command": list(migration.command)}
