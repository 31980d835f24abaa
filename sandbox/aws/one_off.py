"""Tasks that end by themselves: PROVISIONING, PENDING, RUNNING, STOPPED with an exit code.

The ECS mend starts them for RunTask; `schedule` drives them on. They write what a migration
would, and the database knows nothing of it; with real migrations they are Alembic itself, on the
product's database (`schema`).
"""

from __future__ import annotations

import json
import shlex
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import Task, TaskDefinition

from sandbox.aws import images, names, service_logs, tasks
from sandbox.aws.plant import Plant
from sandbox.aws.refusal import refusal
from sandbox.aws.schema import ProductDatabase
from sandbox.aws.written_schema import LOGGED

# Seconds of the schedule's clock.
PROVISION_SECONDS = 0.2
PULL_SECONDS = 0.4
TASK_SECONDS = 1.2
TOKENS_KEPT = 200
CONTEXT = (f"{LOGGED} Context impl PostgresqlImpl.", f"{LOGGED} Will assume transactional DDL.")
FAILURE = "sqlalchemy.exc.OperationalError: canceling statement due to lock timeout"


def run(plant: Plant, cluster: str, params: Any) -> list[Task]:
    """Start what RunTask asks for, or give what the same token started before."""
    token = params.get("clientToken")
    asked = json.dumps(dict(params), sort_keys=True, default=str)
    if token in plant.tokens:
        before, started = plant.tokens[token]
        if before != asked:
            text = f"The clientToken {token!r} is already in use with other parameters."
            raise refusal("ecs", "ConflictException", text)
        return started
    definition = _definition(plant, params)
    made = [_begin(plant, cluster, definition, params) for _ in range(params.get("count") or 1)]
    if token:
        plant.tokens[token] = (asked, made)
        while len(plant.tokens) > TOKENS_KEPT:
            del plant.tokens[next(iter(plant.tokens))]
    return made


def _definition(plant: Plant, params: Any) -> TaskDefinition:
    definition = plant.ecs.describe_task_definition(params.get("taskDefinition"))
    if definition.status != "ACTIVE":
        raise refusal("ecs", "ClientException", "TaskDefinition is inactive")
    if definition.network_mode == "awsvpc" and not params.get("networkConfiguration"):
        raise InvalidParameterException(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        )
    names = {each["name"] for each in definition.container_definitions}
    for override in (params.get("overrides") or {}).get("containerOverrides") or []:
        if override.get("name") not in names:
            text = f"Override for container named {override.get('name')} is not a container in "
            raise InvalidParameterException(f"{text}the TaskDefinition.")
    return definition


def _begin(plant: Plant, cluster: str, definition: TaskDefinition, params: Any) -> Task:
    task = tasks.new_task(
        plant,
        cluster,
        definition,
        "PROVISIONING",
        group=params.get("group") or f"family:{definition.family}",
        overrides=params.get("overrides") or {},
        started_by=params.get("startedBy") or "",
        tags=params.get("tags") or [],
    )

    def pull() -> None:
        if task.desired_status == "RUNNING":
            tasks.mark(task, "PENDING")
            plant.schedule.after(PULL_SECONDS, start)

    def start() -> None:
        if task.desired_status != "RUNNING":
            return
        if (why := images.trouble(plant, task)) is not None:
            tasks.stop(plant, task, tasks.never_started(why))
            return
        tasks.mark(task, "RUNNING")
        words = _command(task, definition)
        if plant.product is not None and _real(plant, definition, words):
            _say(plant, task, _opening(task, definition)[:1])
            run = partial(_alembic, plant, plant.product, task, definition)
            threading.Thread(target=run, name="alembic", daemon=True).start()
            return
        _say(plant, task, _opening(task, definition))
        plant.schedule.after(TASK_SECONDS / 2, lambda: _move(plant, task, definition))
        plant.schedule.after(TASK_SECONDS, lambda: _finish(plant, task, definition))

    plant.schedule.after(PROVISION_SECONDS, pull)
    return task


def _real(plant: Plant, definition: TaskDefinition, words: Sequence[str]) -> bool:
    """Whether it is Alembic's, is to be run, and nobody has said how it ends."""
    said = definition.family in plant.exit_codes or _exit_code(plant, definition)
    return plant.real_migrations and not said and words[:1] == ["alembic"]


def _alembic(
    plant: Plant, product: ProductDatabase, task: Task, definition: TaskDefinition
) -> None:
    """In a thread of its own: the plant goes on meanwhile."""

    def say(line: str) -> bool:
        with plant.lock:
            wanted = task.desired_status == "RUNNING"
            if wanted and line:  # awslogs drops empty lines
                _say(plant, task, [line])
            return wanted

    try:
        code = product.alembic(_command(task, definition)[1:], say)
    except Exception as error:  # noqa: BLE001 - nobody hears a thread: the task has to end
        say(f"{type(error).__name__}: {error}")
        code = 1
    with plant.lock:
        if task.desired_status == "RUNNING":
            _say(plant, task, [f"{definition.family}: {'ERROR' if code else 'done'}"])
            tasks.stop(plant, task, tasks.exited(code))


def _move(plant: Plant, task: Task, definition: TaskDefinition) -> None:
    words = _command(task, definition)
    if task.desired_status == "RUNNING" and words[:1] == ["alembic"]:
        _say(plant, task, list(plant.written.carry(words[1:])))


def _finish(plant: Plant, task: Task, definition: TaskDefinition) -> None:
    if task.desired_status != "RUNNING":
        return
    code = _exit_code(plant, definition)
    end = [f"{definition.family}: done"]
    if code:
        end = [FAILURE, f"{definition.family}: ERROR failed with exit code {code}"]
    _say(plant, task, end)
    tasks.stop(plant, task, tasks.exited(code))


def _opening(task: Task, definition: TaskDefinition) -> list[str]:
    words = _command(task, definition)
    first = f"{definition.family}: $ {shlex.join(words)}" if words else f"{definition.family}:"
    return [first, *(CONTEXT if words[:1] == ["alembic"] else ())]


def _command(task: Task, definition: TaskDefinition) -> list[str]:
    """What the application's container runs: the override's command, else the definition's."""
    container = tasks.app_container(definition)
    overrides: Any = task.overrides.get("containerOverrides") or []
    found = next(
        (o["command"] for o in overrides if o["name"] == container["name"] and o.get("command")),
        None,
    )
    return list(found or container.get("command") or [])


def _exit_code(plant: Plant, definition: TaskDefinition) -> int:
    """The family's by `/_control/task-exit`, else the release's, else 0."""
    family = str(definition.family)
    if family in plant.exit_codes:
        return plant.exit_codes[family]
    owner = next(
        (
            key
            for key, service in plant.topology.services.items()
            if family in (key, names.migration_family(service))
        ),
        "",
    )
    return plant.release_of(owner, tasks.version_of(definition)).migration_exit_code


def _say(plant: Plant, task: Task, lines: list[str]) -> None:
    now = int(time.time() * 1000)
    service_logs.say(plant, task, [(now + number, text) for number, text in enumerate(lines)])
