"""What a repository holds: versions with their checks and reviews, workflows and their runs."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from typing import Any

DEPLOY = "deploy.yml"


@dataclass(slots=True, kw_only=True)
class Version:
    """A tag and its commit. `checks` and `statuses` are (name, how it stands), the oldest first.

    A check stands at its conclusion, or at `queued` or `in_progress`; a status at its state.
    Without `pull` the commit was pushed directly. A review is (login, state).
    """

    name: str
    sha: str
    checks: list[tuple[str, str]] = field(default_factory=list)
    statuses: list[tuple[str, str]] = field(default_factory=list)
    pull: int | None = None
    merged: bool = True
    author: str = "dana"
    reviews: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Ending:
    """How a run goes: seconds in the queue, seconds at work, its end, and what it does.

    `hook` is {"url", "body"}: posted when it begins to work; a refusal makes the run fail.
    """

    conclusion: str = "success"
    queued: float = 0.0
    seconds: float = 0.5
    hook: dict[str, Any] | None = None


@dataclass(slots=True, kw_only=True)
class Workflow:
    """A workflow file. `keyed`: its `run-name` shows the input `filmops`; `endings` wait."""

    file: str = DEPLOY
    name: str = "Production Deployment"
    state: str = "active"
    keyed: bool = True
    inputs: tuple[str, ...] = ("action", "version")
    endings: list[Ending] = field(default_factory=list)

    @property
    def takes(self) -> tuple[str, ...]:
        """The inputs it declares."""
        return (*self.inputs, "filmops") if self.keyed else self.inputs

    @property
    def text(self) -> str:
        """The file."""
        named = "run-name: ${{ inputs.filmops }}\n" if self.keyed else ""
        declared = "".join(f"      {name}: {{}}\n" for name in self.takes)
        return f"name: {self.name}\n{named}on:\n  workflow_dispatch:\n    inputs:\n{declared}"


@dataclass(slots=True, kw_only=True)
class Run:
    """One run. `acted` turns true when its hook is done; `failed` when the hook was refused."""

    id: int
    workflow: Workflow
    ref: str
    inputs: dict[str, str]
    ending: Ending
    created: float = field(default_factory=time.time)
    acted: bool = True
    failed: bool = False

    @property
    def title(self) -> str:
        """What people read in the list."""
        key = self.inputs.get("filmops", "") if self.workflow.keyed else ""
        return key or self.workflow.name

    @property
    def status(self) -> str:
        """GitHub's word for where it stands."""
        age = time.time() - self.created
        if age < self.ending.queued:
            return "queued"
        over = self.acted and age >= self.ending.queued + self.ending.seconds
        return "completed" if over else "in_progress"

    @property
    def conclusion(self) -> str | None:
        """GitHub's word for how it ended."""
        if self.status != "completed":
            return None
        return "failure" if self.failed else self.ending.conclusion


def sha_of(repository: str, name: str) -> str:
    """The commit of a version: the same each time."""
    return hashlib.sha1(f"{repository}@{name}".encode(), usedforsecurity=False).hexdigest()
