"""Deployments as they go when nobody dies, each on a stage of twins, and what each leaves behind.

Each is carried once undisturbed and then once for every place at which its worker can die
(test_every_call_of_a_deployment.py). Watches are shorter than the shipped ones: how long they are
is a number, and every look of them is the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

from bot.adapters.memory.code import MemoryCode, MemoryRun
from bot.domain.audit import Entry
from bot.domain.code import WorkflowState
from bot.domain.plan import Call
from bot.domain.run import Control, Run, RunState, Step
from bot.engine.approvals import promote, steer
from bot.engine.dispatch import Dispatch
from bot.ports import Store, ThreadNote
from bot.topology import Colour, GithubSource, Topology, load
from tests.chaos.mortal import Mortal
from tests.deploying import BLUE, COMMAND, GREEN, NEW, Deploying
from tests.stage import BEN, SHIPPED

SERVICE = "backend"
SHORT = {
    "deploy": {"watch_minutes": 4, "monitor_minutes": 5, "step_minutes": 1, "canary": (50, 100)},
    "watch": {"trigger_minutes": 2, "blind_minutes": 2},
}
FOURTH = 4
"""Which look of a watch people act in: it has begun long ago, and is not over."""


@cache
def short() -> Topology:
    """The shipped one with short watches."""
    shipped = load(SHIPPED)
    parts = {name: getattr(shipped, name).model_copy(update=more) for name, more in SHORT.items()}
    return shipped.model_copy(update=parts)


class Doomed(Mortal, Deploying):
    """A deployment whose workers die, on the twin or on a real store. `asked` is its request's
    number.
    """

    def __init__(self, store: Store | None = None, **about: Any) -> None:
        super().__init__(**{"topology": short(), **about})
        if store is not None:
            self.world = replace(self.world, store=store)
            self.dispatch = Dispatch(self.world, self.operations)
        self.command = COMMAND
        self.asked = 0
        self._acted: set[str] = set()

    async def begins(self) -> int:
        """Asked for, ticked and approved."""
        self.asked = (await self.agreed(self.command)).id
        return self.asked

    async def meanwhile(self, run: Run) -> None:
        """What others do while it goes on: nothing."""

    def effected(self) -> list[Call]:
        """The calls that changed production, in order; for ECS two RunTask of a key are one."""
        calls = {self._key(n, call): call for n, call in enumerate(self.production.effects)}
        return list(calls.values())

    def _key(self, number: int, call: Call) -> object:
        return call.parameters["clientToken"] if call.action == "run_task" else number

    def started_workflows(self) -> list[MemoryRun]:
        """GitHub's runs."""
        code = self.world.code
        return code.runs if isinstance(code, MemoryCode) else []

    def once(self, name: str) -> bool:
        """Whether this is done for the first time."""
        new = name not in self._acted
        self._acted.add(name)
        return new

    def present(self, run: Run, name: str) -> Step | None:
        """Its present step, if it has that name."""
        step = run.next_step
        return step if step is not None and step.spec.name == name else None


class Good(Doomed):
    """Everything is done that a deployment may do: backed up first, migrated, moved at once."""

    def __init__(self, **about: Any) -> None:
        super().__init__(**about)
        self.production.snapshots["prod-db"].clear()
        self.production.errand_lines = ("Running upgrade 41 -> 42", "Running upgrade 42 -> 43")
        self.production.errands_listed_after = timedelta(seconds=1)
        self.serves()


class Promoted(Doomed):
    """Step by step; somebody promotes each share, and the watch in its fourth minute."""

    def __init__(self, **about: Any) -> None:
        super().__init__(**about)
        self.command = f"{COMMAND} --canary"
        self.serves()

    async def meanwhile(self, run: Run) -> None:
        """Ben presses Promote."""
        step = self.present(run, "deploy.observe")
        watching = self.present(run, "deploy.watch")
        if watching is not None and watching.progress.get("read", 0) >= FOURTH - 1:
            step = watching
        if step is not None and self.once(str(step.position)):
            await promote(self.world, self.asking(BEN), run.id)


class Bad(Doomed):
    """It fails with all the traffic: the run turns round, and the service is frozen."""

    def __init__(self, **about: Any) -> None:
        super().__init__(**about)
        self.serves(errors=80)


class Aborted(Doomed):
    """Somebody aborts it in the fourth minute of its watch."""

    def __init__(self, **about: Any) -> None:
        super().__init__(**about)
        self.serves()

    async def meanwhile(self, run: Run) -> None:
        """Ben presses Abort."""
        step = self.present(run, "deploy.watch")
        seen = step is not None and step.progress.get("read", 0) >= FOURTH - 1
        if seen and self.once("abort"):
            await steer(self.world, self.asking(BEN), run.id, Control.ABORT)


@cache
def with_a_workflow() -> Topology:
    """The same, with GitHub's."""
    topology = short()
    backend = topology.services[SERVICE]
    assert backend.deploy is not None
    source = GithubSource(repository="ai-film-studio/backend", workflow="deploy.yml")
    deploy = backend.deploy.model_copy(update={"github": source})
    services = {**topology.services, SERVICE: backend.model_copy(update={"deploy": deploy})}
    return topology.model_copy(update={"services": services})


class ByWorkflow(Doomed):
    """GitHub deploys; it shows a run of its workflow some seconds after it has taken it."""

    def __init__(self, **about: Any) -> None:
        super().__init__(topology=with_a_workflow(), **about)
        self.code = MemoryCode(self.clock, shown_after=timedelta(seconds=3))
        self.code.takes = (*self.code.takes, "filmops")
        self.world = replace(self.world, code=self.code)
        self.dispatch = Dispatch(self.world, self.operations)
        self.command = f"{COMMAND} --via github"
        self.serves()

    async def meanwhile(self, run: Run) -> None:
        """The workflow does what it is for."""
        step = self.present(run, "deploy.follow")
        if step is not None and step.progress and self.once("workflow"):
            service = self.topology.services[SERVICE]
            self.production.tasks[SERVICE, GREEN] = self.production.running(service, NEW)
            self.production.set_weights(SERVICE, {BLUE: 0, GREEN: 100})
            self.code.move(1, WorkflowState.COMPLETED, "success")


class Retired(Doomed):
    """A retirement."""

    def __init__(self, **about: Any) -> None:
        super().__init__(**about)
        self.command = f"retire {SERVICE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """How it ends, and the first step (by name) at which a worker dies: before it, and in the
    launch, it goes like another story. Empty: from the launch on.
    """

    stage: Callable[[], Doomed]
    ends: RunState
    effects: tuple[str, ...]
    weights: Mapping[Colour, int]
    first: str = ""


DEPLOYED = (
    "register_task_definition",  # The migration's, with the release's image.
    "run_task",
    "register_task_definition",
    "update_service",
    "modify_listener",
    "modify_rule",
)
ON_BLUE, ON_GREEN = {BLUE: 100, GREEN: 0}, {BLUE: 0, GREEN: 100}
STORIES = {
    "good": Story(
        stage=Good,
        ends=RunState.SUCCEEDED,
        effects=("create_db_snapshot", *DEPLOYED),
        weights=ON_GREEN,
    ),
    "promoted": Story(
        stage=Promoted,
        ends=RunState.SUCCEEDED,
        effects=(*DEPLOYED, "modify_listener", "modify_rule"),
        weights=ON_GREEN,
        first="deploy.observe",
    ),
    "bad": Story(
        stage=Bad,
        ends=RunState.FAILED,
        effects=(*DEPLOYED, "modify_listener", "modify_rule"),
        weights=ON_BLUE,
        first="deploy.watch",
    ),
    "aborted": Story(
        stage=Aborted,
        ends=RunState.ABORTED,
        effects=(*DEPLOYED, "modify_listener", "modify_rule"),
        weights=ON_BLUE,
        first="deploy.watch",
    ),
    "by a workflow": Story(
        stage=ByWorkflow,
        ends=RunState.SUCCEEDED,
        effects=(),
        weights=ON_GREEN,
        first="deploy.dispatch",
    ),
    "retired": Story(
        stage=Retired,
        ends=RunState.SUCCEEDED,
        effects=("update_service",),
        weights=ON_BLUE,
    ),
}


TIMES = ("at", "since", "deployment")
"""In a step's result: when it was, and ECS' own number."""

_BEHIND = re.compile(r"figures [0-9 minsh]+ behind")
_BEGAN = re.compile(r"(:chart:\d+):\d{8}T\d{6}|(filmops-prod-db-r\d+)-\d{8}-\d{6}")
"""A chart and a snapshot are of one step, which is known by when it began."""


def left(stage: Doomed) -> list[str]:
    """All that a run leaves behind, a line each, in words that are the same whenever it was."""
    tables, production = stage.tables, stage.production
    run = tables.runs[stage.asked]
    snapshots = [each.id for every in production.snapshots.values() for each in every]
    lines: dict[str, Iterable[object]] = {
        "run": [(run.state, run.turned, run.control, run.note)],
        "step": [_step(step) for step in run.steps],
        "effect": [(call.action, call.parameters) for call in stage.effected()],
        "weights": stage.now_at(),
        "tasks": [_tasks(stage, colour) for colour in Colour],
        "run once": production.errands,
        "snapshot": snapshots,
        "workflow": [(run.key, run.inputs) for run in stage.started_workflows()],
        "request": [(r.name, r.operation, r.state, r.words) for r in tables.requests.values()],
        "lock": [(lock.kind, lock.resource, lock.reason) for lock in tables.locks.values()],
        "change": [(c.run, c.summary, c.detail) for c in tables.changes],
        "note": [_note(key, row.note) for key, row in tables.notes.items()],
        "audit": [_entry(row.entry) for row in tables.audit],
    }
    return [timeless(f"{name}: {line}") for name, each in lines.items() for line in each]


def timeless(text: str) -> str:
    """It without the time at which it was written."""
    return _BEGAN.sub(r"\1\2", _BEHIND.sub("", text))


def _step(step: Step) -> tuple[object, ...]:
    result = {name: value for name, value in step.result.items() if name not in TIMES}
    return (step.spec.name, step.state, step.promoted_by, result)


def _tasks(stage: Doomed, colour: Colour) -> tuple[str, int, int]:
    tasks = stage.production.tasks[SERVICE, colour]
    return tasks.task_definition, tasks.desired, tasks.running


def _note(key: str, note: ThreadNote) -> tuple[str, str, bool]:
    return key, note.message.text, note.attachment is not None


def _entry(entry: Entry) -> tuple[object, ...]:
    return entry.actor, entry.action, entry.subject, entry.detail
