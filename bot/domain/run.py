"""An approved plan being carried out: the journal's values.

A step is claimed by one attempt at a time; the attempt's number is the fence. Only the engine
(bot.engine.runs) moves these states, through conditional writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.plan import StepSpec

DEATHS_TO_HOLD = 3
"""A step that has cost so many workers their life holds the run (design, *Engines*)."""


RESUMED = "resumed"
"""In a step's progress: a person had it begin anew after it had failed."""


class RunState(StrEnum):
    """`held` waits for a person because going on is not known to be safe."""

    RUNNING = "running"
    PAUSED = "paused"
    HELD = "held"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ABORTED = "aborted"

    @property
    def open(self) -> bool:
        """Whether the run still owns its resource."""
        return self in (RunState.RUNNING, RunState.PAUSED, RunState.HELD)


class StepState(StrEnum):
    """`waiting` is between two looks of a step that watches."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Control(StrEnum):
    """What a person asked of an open run; honoured between two attempts."""

    NONE = "none"
    PAUSE = "pause"
    ABORT = "abort"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A journaled step. `attempt` counts claims, `deaths` claims whose worker never answered.

    `progress` is what a watching step remembers between looks; `result` what it came to,
    with a sentence under "said". `promoted_by` is who said that it is enough.
    """

    position: int
    spec: StepSpec
    state: StepState = StepState.PENDING
    attempt: int = 0
    deaths: int = 0
    lease_until: datetime | None = None
    progress: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    promoted_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The run of request `id`; a request has at most one.

    `turned` is the state a run will end in that has turned round: it goes the way back.
    """

    id: int
    operation: str
    resource: str
    state: RunState
    control: Control = Control.NONE
    steps: tuple[Step, ...]
    started_at: datetime
    ended_at: datetime | None = None
    release: str = ""
    note: str = ""
    turned: RunState | None = None

    @property
    def name(self) -> str:
        """The name people use; the request's."""
        return f"R{self.id}"

    @property
    def way(self) -> tuple[Step, ...]:
        """The steps of the direction it goes in."""
        back = self.turned is not None
        return tuple(step for step in self.steps if step.spec.back == back)

    @property
    def has_way_back(self) -> bool:
        """Whether it can turn round, and has not."""
        return self.turned is None and any(step.spec.back for step in self.steps)

    @property
    def next_step(self) -> Step | None:
        """The first step of its way that is not done."""
        return next((step for step in self.way if step.state is not StepState.DONE), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLogEntry:
    """A line of the change log: what changed on a resource, by whom, through which run.

    `detail` is what programs read besides: a deployment's version, colour and outcome.
    """

    run: int
    resource: str
    operation: str
    summary: str
    before: str
    after: str
    asked_by: str
    approved_by: tuple[str, ...]
    at: datetime
    detail: Mapping[str, Any] = field(default_factory=dict)
