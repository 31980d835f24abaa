"""The twin of `bot.adapters.github`: versions, one workflow and its runs in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.code import CheckState, Evidence, WorkflowRun, WorkflowState
from bot.errors import FilmOpsError, OperationFailed
from bot.ports import Clock, Fence
from bot.topology import GithubSource

_PAGE = "https://github.example/runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryRun:
    """What was started: `key` is None for a run by hand, and where the workflow shows none."""

    run: WorkflowRun
    key: str | None
    inputs: Mapping[str, str]
    at: datetime


def green(commit: str, pull: int = 1) -> Evidence:
    """A commit whose tests pass and whose pull request two people approved."""
    checks = {"lint": CheckState.OK, "test": CheckState.OK}
    return Evidence(commit=commit, checks=checks, pulls=(pull,), approvers=("ana", "chloe"))


def _seeded() -> dict[str, Evidence]:
    return {f"v1.4.{n}": green(f"{n:x}" * 40, pull=101 + n) for n in range(10)}


@dataclass(slots=True)
class MemoryCode:
    """See `bot.ports.Code`. `versions` is by git ref, v1.4.0 to v1.4.9 as in the sandbox; `takes`
    are the workflow's inputs, `keyed` whether its `run-name` shows ours.
    """

    clock: Clock
    versions: dict[str, Evidence] = field(default_factory=_seeded)
    workflow: str = "deploy.yml"
    takes: tuple[str, ...] = ("action", "version")
    keyed: bool = True
    runs: list[MemoryRun] = field(default_factory=list)
    begins: tuple[WorkflowState, str] = (WorkflowState.QUEUED, "")
    """How the next runs stand as soon as they are started, and their conclusion."""

    shown_after: timedelta = timedelta()
    """How long a run that is started is not listed, as on GitHub."""

    failing: FilmOpsError | None = None
    """Raised once, by the next call, before it does anything."""

    async def evidence(self, source: GithubSource, version: str) -> Evidence:
        """Look the version's commit up."""
        self._break()
        try:
            return self.versions[source.ref_of(version)]
        except KeyError:
            raise _missing(source.ref_of(version)) from None

    async def dispatch(
        self, source: GithubSource, *, inputs: Mapping[str, str], key: str, fence: Fence
    ) -> None:
        """Start the workflow, once."""
        self._know(source)
        fence()
        unknown = [name for name in inputs if name not in self.takes]
        if unknown:
            raise OperationFailed(f"GitHub: unexpected inputs {unknown}", code="refused")
        self.start(inputs, key=key)

    async def find(self, source: GithubSource, key: str, since: datetime) -> WorkflowRun | None:
        """The run started with that key, or the first since then where none is shown."""
        self._know(source)
        listed = self.clock.now() - self.shown_after
        for started in self.runs:
            if since <= started.at <= listed and (not self.keyed or started.key == key):
                return started.run
        return None

    async def run(self, source: GithubSource, run_id: int) -> WorkflowRun:
        """Where a run stands."""
        self._break()
        for started in self.runs:
            if started.run.id == run_id:
                return started.run
        raise _missing(f"run {run_id}")

    def start(self, inputs: Mapping[str, str], key: str | None = None) -> WorkflowRun:
        """A new run; by hand without a key."""
        number = len(self.runs) + 1
        state, conclusion = self.begins
        run = WorkflowRun(id=number, url=f"{_PAGE}/{number}", state=state, conclusion=conclusion)
        shown = key if self.keyed else None
        self.runs.append(MemoryRun(run=run, key=shown, inputs=inputs, at=self.clock.now()))
        return run

    def move(self, run_id: int, state: WorkflowState, conclusion: str = "") -> None:
        """Let a run go on."""
        started = self.runs[run_id - 1]
        run = replace(started.run, state=state, conclusion=conclusion)
        self.runs[run_id - 1] = replace(started, run=run)

    def _know(self, source: GithubSource) -> None:
        self._break()
        if source.workflow != self.workflow:
            raise _missing(str(source.workflow))

    def _break(self) -> None:
        fault, self.failing = self.failing, None
        if fault is not None:
            raise fault


def _missing(what: str) -> OperationFailed:
    return OperationFailed(f"GitHub: {what} is not there", code="not_found")
