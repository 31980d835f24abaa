"""Why a service's tasks stopped lately, as lines. Before it comes `rollers`; after it AWS.

ECS keeps a stopped task for about an hour. Its words tell what no event does: an image that is
not there, a container that ends with 1, a health check that never passes.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

from bot.adapters.aws.faults import told
from bot.adapters.aws.session import AwsClients
from bot.domain.live import Missing
from bot.errors import FilmOpsError

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ContainerTypeDef, TaskTypeDef

_TASKS, _LINES = 20, 5
# ECS' word for tasks that went because fewer are wanted, or others: no trouble.
_ROUTINE = "Scaling activity initiated by"


def why_stopped(clients: AwsClients, cluster: str, service: str) -> tuple[str, ...] | Missing:
    """One line a reason, the latest first, with how many tasks it stopped. Blocks."""
    try:
        tasks = tasks_of(clients, cluster, service, "STOPPED")
    except FilmOpsError as fault:
        return Missing(reason=fault.message)
    telling = (
        task
        for task in tasks
        if "stoppedAt" in task and not task.get("stoppedReason", "").startswith(_ROUTINE)
    )
    latest = sorted(telling, key=lambda task: task["stoppedAt"], reverse=True)
    lines = Counter(_line(task) for task in latest)
    return tuple(f"{_count(times)} stopped: {line}" for line, times in lines.items())[:_LINES]


def tasks_of(
    clients: AwsClients, cluster: str, service: str, status: Literal["RUNNING", "STOPPED"]
) -> list[TaskTypeDef]:
    """Some of a service's tasks in ECS' own words. Blocks."""
    ecs, what = clients.ecs(), f"tasks of {service}"
    with told("ecs:ListTasks", what):
        arns = ecs.list_tasks(
            cluster=cluster, serviceName=service, desiredStatus=status, maxResults=_TASKS
        )["taskArns"]
    if not arns:
        return []
    with told("ecs:DescribeTasks", what):
        return ecs.describe_tasks(cluster=cluster, tasks=arns[:_TASKS])["tasks"]


def _line(task: TaskTypeDef) -> str:
    ended = [_ended(each) for each in task.get("containers", []) if each.get("exitCode")]
    reason = task.get("stoppedReason") or "ECS gives no reason"
    return f"{reason} ({', '.join(ended)})" if ended else reason


def _ended(container: ContainerTypeDef) -> str:
    return f"{container.get('name', 'container')}: exit code {container.get('exitCode')}"


def _count(tasks: int) -> str:
    return "a task" if tasks == 1 else f"{tasks} tasks"
