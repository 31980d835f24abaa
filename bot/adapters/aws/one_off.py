"""What ECS says of a one-off task, as ours. Before it comes `errands`; pure, no calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.adapters.aws import definitions
from bot.domain.release import Errand, ErrandState
from bot.errors import OperationFailed, Temporary
from bot.topology import Migration

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import FailureTypeDef, TaskTypeDef

_STARTING = frozenset({"PROVISIONING", "PENDING", "ACTIVATING"})


def errand_of(task: TaskTypeDef, wanted: Migration) -> Errand:
    """A described task as ours; the exit code is the migrating container's."""
    status = task.get("lastStatus", "")
    state = ErrandState.STARTING if status in _STARTING else ErrandState.RUNNING
    if status == "STOPPED":
        state = ErrandState.STOPPED
    containers = task.get("containers", [])
    named = [each for each in containers if each.get("name") == wanted.container]
    # ECS tells of a task's containers without saying which is essential; an override names ours.
    overridden = {
        each.get("name")
        for each in task.get("overrides", {}).get("containerOverrides", [])
        if each.get("command")
    }
    ours = named or [each for each in containers if each.get("name") in overridden] or containers
    reasons = [task.get("stoppedReason", ""), *(each.get("reason", "") for each in ours[:1])]
    return Errand(
        arn=task["taskArn"],
        state=state,
        exit_code=next((each.get("exitCode") for each in ours[:1]), None),
        reason="; ".join(dict.fromkeys(reason for reason in reasons if reason)),
    )


def stream_of(
    definition: Mapping[str, Any], wanted: Migration, arn: str, region: str
) -> dict[str, Any] | None:
    """Where the container writes; None when it is not a stream we can name and read."""
    container = definitions.main_container(definition["containerDefinitions"], wanted.container)
    logs = container.get("logConfiguration", {})
    options: Mapping[str, str] = logs.get("options", {})
    group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
    elsewhere = options.get("awslogs-region", region) != region
    if logs.get("logDriver") != "awslogs" or not group or not prefix or elsewhere:
        return None
    task = arn.rpartition("/")[2]
    return {"logGroupName": group, "logStreamNames": [f"{prefix}/{container['name']}/{task}"]}


def not_started(what: str, failures: list[FailureTypeDef]) -> OperationFailed | Temporary:
    """What an answer without a task means: capacity comes back, anything else stays as it is."""
    reasons = [each.get("reason", "") for each in failures]
    said = f"AWS ecs:RunTask ({what}): not started: {', '.join(reasons) or 'no reason given'}"
    passing = all(reason.startswith(("RESOURCE:", "AGENT", "Capacity")) for reason in reasons)
    return Temporary(said) if reasons and passing else OperationFailed(said)
