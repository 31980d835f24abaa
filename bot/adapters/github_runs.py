"""Starting a workflow on GitHub, once, and finding its run again.

Runs in a thread of `bot.adapters.github_api`. GitHub answers a start before there is a run, so a
run is looked for: by the key, where the workflow's `run-name` shows the input `filmops`, else by
its time (docs/operating.md has a workflow that does).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from github import Github
from github.ContentFile import ContentFile
from github.WorkflowRun import WorkflowRun as GithubRun

from bot.domain.code import WorkflowRun, WorkflowState
from bot.errors import OperationFailed
from bot.ports import Fence
from bot.topology import GithubSource
from bot.topology.github import KEY_INPUT

_RUN_NAME = re.compile(r"^run-name:.*(?:\n[ \t]+.*)*", re.MULTILINE)

_CLOCKS = timedelta(seconds=10)
"""How far GitHub's clock may be behind ours: a run that is not found is started a second time."""

_KEYED = timedelta(minutes=10)
"""The same where the key decides, and looking further back costs nothing."""

_STATES = {"in_progress": WorkflowState.RUNNING, "completed": WorkflowState.COMPLETED}


def dispatch(
    client: Github, source: GithubSource, *, inputs: Mapping[str, str], key: str, fence: Fence
) -> None:
    """Start it. Raises OperationFailed("refused") when GitHub took it for something else."""
    ours = {KEY_INPUT: key} if shows_key(client, source) else {}
    url = f"/repos/{source.repository}/actions/workflows/{_workflow(source)}/dispatches"
    body = {"ref": source.ref, "inputs": {**inputs, **ours}}
    fence()
    # Not `create_dispatch`: it takes a redirect, as of a renamed repository, for a start.
    status, headers, answer = client.requester.requestJson("POST", url, input=body)
    if status >= 400:
        raise client.requester.createException(status, headers, _object(answer))
    if status >= 300:
        said = f"GitHub has moved {source.repository} and started nothing"
        raise OperationFailed(said, code="refused", hint="Give its new name in filmops.toml.")


def find(client: Github, source: GithubSource, key: str, since: datetime) -> WorkflowRun | None:
    """The run with that key; see `bot.ports.Code.find`."""
    keyed = shows_key(client, source)
    earliest = since - (_KEYED if keyed else _CLOCKS)
    workflow = client.get_repo(source.repository).get_workflow(_workflow(source))
    runs = workflow.get_runs(
        event="workflow_dispatch",
        branch=source.ref,
        created=f">={earliest.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    )
    ours = re.compile(rf"(?<![\w-]){re.escape(key)}(?![\w-])")
    fitting = [run for run in runs if not keyed or ours.search(run.display_title)]
    return _value(fitting[-1]) if fitting else None  # the newest are listed first


def run(client: Github, source: GithubSource, run_id: int) -> WorkflowRun:
    """Where it stands."""
    return _value(client.get_repo(source.repository).get_workflow_run(run_id).complete())


def shows_key(client: Github, source: GithubSource) -> bool:
    """Whether the workflow's `run-name` has the input that FilmOps fills."""
    path = f".github/workflows/{_workflow(source)}"
    found = client.get_repo(source.repository).get_contents(path, ref=source.ref)
    if not isinstance(found, ContentFile):
        raise OperationFailed(f"GitHub: {path} is a folder", code="not_found")
    name = _RUN_NAME.search(found.decoded_content.decode("utf-8", errors="replace"))
    return name is not None and f"inputs.{KEY_INPUT}" in name[0]


def _workflow(source: GithubSource) -> str:
    if source.workflow is None:
        said = f"filmops.toml names no workflow of {source.repository}"
        raise OperationFailed(said, code="not_found")
    return source.workflow


def _value(run: GithubRun) -> WorkflowRun:
    return WorkflowRun(
        state=_STATES.get(run.status, WorkflowState.QUEUED),
        conclusion=run.conclusion or "",
        id=run.id,
        url=run.html_url,
    )


def _object(answer: str) -> dict[str, object]:
    try:
        found = json.loads(answer)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
