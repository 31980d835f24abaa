"""Reading what GitHub knows of a commit: who approved its pull requests, how its checks ended.

Runs in a thread of `bot.adapters.github_api`, call after call. Every attribute that is read here
comes with the list it is in: no value asks by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from github import Github
from github.CheckRun import CheckRun
from github.Commit import Commit
from github.NamedUser import NamedUser
from github.PullRequest import PullRequest

from bot.domain.code import CheckState, Evidence
from bot.errors import OperationFailed
from bot.topology import GithubSource

_REF = re.compile(r"\w[\w.+/@-]*", re.ASCII)
_SHA = re.compile(r"[0-9a-f]{40,64}")

_GREEN = frozenset({"success", "neutral", "skipped"})
"""Conclusions that let a pull request be merged."""

_OPINIONS = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
"""Reviews that replace what the person said before; a comment does not."""

_STATUS = {"success": CheckState.OK, "pending": CheckState.PENDING}
_WORST = (CheckState.FAILED, CheckState.PENDING, CheckState.OK)


def evidence(client: Github, source: GithubSource, ref: str) -> Evidence:
    """Of the commit that `ref` (a tag, a commit, a branch) names."""
    if not _REF.fullmatch(ref):
        raise OperationFailed(f"GitHub: {ref!r} is no name of a version", code="not_found")
    repository = client.get_repo(source.repository)
    # Not complete, its `sha` would be the ref, whether or not there is such a one.
    commit = repository.get_commit(ref, commit_files_per_page=1).complete()
    if not _SHA.fullmatch(commit.sha):
        raise ValueError("an answer without a commit")
    pulls = [pull for pull in commit.get_pulls() if pull.merged_at is not None]
    return Evidence(
        commit=commit.sha,
        checks=_checks(commit),
        pulls=tuple(sorted(pull.number for pull in pulls)),
        approvers=_approvers(pulls),
    )


def _checks(commit: Commit) -> dict[str, CheckState]:
    """Check runs and statuses by name; of two with one name the worse counts."""
    found: dict[str, CheckState] = {}
    for run in commit.get_check_runs(filter="latest"):
        _keep(found, run.name, _check(run))
    newest: dict[str, str] = {}
    for status in commit.get_statuses():  # the newest first
        newest.setdefault(status.context, status.state)
    for context, state in newest.items():
        _keep(found, context, _STATUS.get(state, CheckState.FAILED))
    return found


def _check(run: CheckRun) -> CheckState:
    if run.status != "completed":
        return CheckState.PENDING
    return CheckState.OK if run.conclusion in _GREEN else CheckState.FAILED


def _keep(found: dict[str, CheckState], name: str, state: CheckState) -> None:
    found[name] = min(state, found.get(name, state), key=_WORST.index)


def _approvers(pulls: Iterable[PullRequest]) -> tuple[str, ...]:
    """People whose last word on one of them is an approval, and who wrote none."""
    authors: set[str] = set()
    approved: set[str] = set()
    for pull in pulls:
        authors |= {login for login in [_person(pull.user)] if login}
        last: dict[str, str] = {}
        for review in pull.get_reviews():  # the oldest first
            login = _person(review.user)
            if login and review.state in _OPINIONS:
                last[login] = review.state
        approved |= {login for login, state in last.items() if state == "APPROVED"}
    return tuple(sorted(approved - authors))


def _person(user: NamedUser | None) -> str | None:
    """The login; None of a program, and of somebody who has left GitHub."""
    return user.login if user is not None and user.type != "Bot" else None
