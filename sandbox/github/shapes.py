"""How things look in GitHub's answers: the attributes that are read, and their neighbours."""

from __future__ import annotations

import time
from typing import Any

from sandbox.github.account import Repository
from sandbox.github.values import Run, Version, Workflow

_UNFINISHED = ("queued", "in_progress")


def repository(base: str, found: Repository) -> dict[str, Any]:
    """A repository."""
    return {"id": 1, "full_name": found.name, "url": _at(base, found), "default_branch": "main"}


def commit(base: str, found: Repository, version: Version) -> dict[str, Any]:
    """A commit."""
    url = _at(base, found, f"/commits/{version.sha}")
    return {"sha": version.sha, "url": url, "author": _user(version.author), "files": []}


def check_run(name: str, stands: str) -> dict[str, Any]:
    """A check run."""
    over = stands not in _UNFINISHED
    return {
        "id": 1,
        "name": name,
        "status": "completed" if over else stands,
        "conclusion": stands if over else None,
    }


def status(context: str, state: str) -> dict[str, Any]:
    """A commit's status."""
    return {"id": 1, "context": context, "state": state}


def pull(base: str, found: Repository, version: Version) -> dict[str, Any]:
    """A pull request."""
    return {
        "number": version.pull,
        "url": _at(base, found, f"/pulls/{version.pull}"),
        "state": "closed" if version.merged else "open",
        "merged_at": _written(0) if version.merged else None,
        "user": _user(version.author),
    }


def review(login: str, state: str) -> dict[str, Any]:
    """A review."""
    return {"id": 1, "user": _user(login), "state": state}


def workflow(base: str, found: Repository, file: Workflow) -> dict[str, Any]:
    """A workflow."""
    return {
        "id": 1,
        "name": file.name,
        "path": f".github/workflows/{file.file}",
        "state": file.state,
        "url": _at(base, found, f"/actions/workflows/{file.file}"),
    }


def run(base: str, found: Repository, one: Run) -> dict[str, Any]:
    """A run."""
    return {
        "id": one.id,
        "name": one.workflow.name,
        "display_title": one.title,
        "path": f".github/workflows/{one.workflow.file}",
        "event": "workflow_dispatch",
        "head_branch": one.ref,
        "status": one.status,
        "conclusion": one.conclusion,
        "created_at": _written(one.created),
        "url": _at(base, found, f"/actions/runs/{one.id}"),
        "html_url": f"{base}/{found.name}/actions/runs/{one.id}",
    }


def _at(base: str, found: Repository, path: str = "") -> str:
    return f"{base}/repos/{found.name}{path}"


def _user(login: str) -> dict[str, Any] | None:
    """Somebody; an empty login is one who has left."""
    kind = "Bot" if login.endswith("[bot]") else "User"
    return {"login": login, "type": kind} if login else None


def _written(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
