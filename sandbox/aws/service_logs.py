"""What containers write: a line for requests, complaints of a bad release, the end of a crash.

`traffic` asks for the lines of each second a colour served, `rollouts` for those of a crash,
`one_off` writes its own through here. Each stream keeps its newest lines only.
"""

from __future__ import annotations

import time
from typing import Any

from moto.ecs.models import Task

from bot.topology import Colour, Service
from sandbox.aws import tasks
from sandbox.aws.plant import Plant

LINES_KEPT = 1200
LINES_DROPPED = 200
COMPLAINTS_A_SECOND = 2
# Below this share of errors a release is good, and nobody writes about its few failures.
NOTEWORTHY = 0.01
COMPLAINT = "ERROR KeyError: 'render_profile' (films/serializer.py:88)"
NO_DATABASE = (
    "ERROR psycopg.OperationalError: connection failed: FATAL: "
    "remaining connection slots are reserved for roles with the SUPERUSER attribute"
)
CRASH = (
    "ERROR Traceback (most recent call last):",
    "ERROR RuntimeError: settings: RENDER_PROFILES is not valid JSON",
)


def write(plant: Plant, group: str, stream: str, lines: list[tuple[int, str]]) -> None:
    """Append (epoch milliseconds, text), oldest first. Nothing when there is no such group."""
    if group not in plant.logs.groups:
        return
    plant.logs.ensure_log_stream(group, stream)
    events = [{"timestamp": stamp, "message": text} for stamp, text in lines]
    plant.logs.put_log_events(group, stream, events)
    kept = plant.logs.groups[group].streams[stream].events
    if len(kept) > LINES_KEPT:
        del kept[: len(kept) - LINES_KEPT + LINES_DROPPED]


def serving(plant: Plant, service: Service, colour: Colour, second: int, errors: int) -> None:
    """One second of a colour that served requests, so many of them with an error."""
    quality = plant.qualities[service.key, colour]
    stamp = second * 1000
    lines = [(stamp + 100, f"INFO {colour} GET /api/v1/films 200")]
    if quality.error_rate >= NOTEWORTHY:
        shown = min(errors, COMPLAINTS_A_SECOND)
        lines += [(stamp + 200 + number, COMPLAINT) for number in range(shown)]
    if quality.refuses_database:
        lines.append((stamp + 300, NO_DATABASE))
    write(plant, plant.log_group(service), f"ecs/{service.key}/{colour}", lines)


def crash(plant: Plant, task: Task) -> None:
    """The last words of a task that ends as soon as it runs."""
    now = int(time.time() * 1000)
    say(plant, task, [(now + number, text) for number, text in enumerate(CRASH)])


def say(plant: Plant, task: Task, lines: list[tuple[int, str]]) -> None:
    """Write into the stream of a task's application, where `awslogs` would put it."""
    definition = plant.ecs.describe_task_definition(task.task_definition_arn)
    container = tasks.app_container(definition)
    options: dict[str, Any] = container.get("logConfiguration", {}).get("options", {})
    prefix = options.get("awslogs-stream-prefix", "ecs")
    write(plant, options.get("awslogs-group", ""), f"{prefix}/{container['name']}/{task.id}", lines)
