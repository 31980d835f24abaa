"""What GitHub knows of a version: its tests, its reviews, and a workflow that carries it out.

Before it: `bot.ports.code` reads a commit's `Evidence` and a `WorkflowRun`. After it: the
checklist of a deployment shows the `Check`s, a step follows the run. Runbook, *Pre-Deployment
Checklist*: "All tests pass in CI/CD pipeline", "Code review approved by 2+ engineers".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.checklist import Check, Found
from bot.domain.listing import both
from bot.topology import GithubSource

SHOWN_SECONDS = 30.0
"""GitHub takes a workflow and lists its run seconds later: who starts one a second time looks for
the first so long before."""

_SUCCESS = "success"
_NAMED = 5
"""More names than these are counted."""


class CheckState(StrEnum):
    """How one check of a commit stands. `pending`: it runs, or has not begun."""

    OK = "ok"
    FAILED = "failed"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What GitHub says of a commit.

    `checks` is by name. `pulls` are the numbers of the merged pull requests that
    brought it, `approvers` the people who approved one of them and wrote none: their last word on
    it is an approval.
    """

    commit: str
    checks: Mapping[str, CheckState]
    pulls: tuple[int, ...] = ()
    approvers: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        """The commit as people write it."""
        return self.commit[:7]


class WorkflowState(StrEnum):
    """Where a workflow's run stands. `queued` is also: waiting for a runner or for a person."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowRun:
    """`url` is the page for people; `conclusion` GitHub's word for how it ended, "" until then."""

    id: int
    url: str
    state: WorkflowState
    conclusion: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether it has ended, and well."""
        return self.state is WorkflowState.COMPLETED and self.conclusion == _SUCCESS


def judged(evidence: Evidence, source: GithubSource) -> tuple[Check, ...]:
    """The lines of the checklist that GitHub answers: tests, and reviews where they are asked."""
    checks = (_tests(evidence, source.checks),)
    return (*checks, _reviews(evidence, source)) if source.reviews else checks


def unseen(source: GithubSource, why: str) -> tuple[Check, ...]:
    """The same lines when GitHub did not answer; `why` is a sentence."""
    titles = (_TESTS, _title(source)) if source.reviews else (_TESTS,)
    return tuple(Check(title=title, found=Found.UNKNOWN, said=why) for title in titles)


_TESTS = "All tests pass in CI/CD"


def _title(source: GithubSource) -> str:
    return f"Code review approved by {source.reviews}+ engineers"


def _tests(evidence: Evidence, required: tuple[str, ...]) -> Check:
    checks = evidence.checks
    named = required or tuple(sorted(checks))
    failed = [name for name in named if checks.get(name) is CheckState.FAILED]
    pending = [name for name in named if checks.get(name) is CheckState.PENDING]
    absent = [name for name in named if name not in checks]
    commit = evidence.short
    if failed:
        found, said = Found.FAILED, f"failed on {commit}: {_some(failed)}"
    elif pending:
        found, said = Found.UNKNOWN, f"not finished on {commit}: {_some(pending)}"
    elif absent:
        found, said = Found.UNKNOWN, f"has not run on {commit}: {_some(absent)}"
    elif not named:
        found, said = Found.UNKNOWN, f"no check has run on {commit}"
    else:
        found, said = Found.OK, f"passed on {commit}: {_some(named)}"
    return Check(title=_TESTS, found=found, said=said)


def _reviews(evidence: Evidence, source: GithubSource) -> Check:
    title, count = _title(source), len(evidence.approvers)
    if not evidence.pulls:
        said = f"{evidence.short} was pushed without a pull request: nobody reviewed it"
        return Check(title=title, found=Found.FAILED, said=said)
    where = both([f"#{number}" for number in evidence.pulls])
    said = f"{where} approved by {_some(evidence.approvers) or 'nobody'}"
    if count >= source.reviews:
        return Check(title=title, found=Found.OK, said=said)
    return Check(title=title, found=Found.FAILED, said=f"{said}: {count} of {source.reviews}")


def _some(names: Sequence[str]) -> str:
    """The names, the first few of many."""
    if len(names) <= _NAMED:
        return both(names)
    return both([*names[:_NAMED], f"{len(names) - _NAMED} more"])
