"""The repositories and what happens in them. Whoever reads or changes holds `lock`."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from sandbox.github.values import Ending, Run, Version, Workflow, sha_of

VERSIONS = tuple(f"v1.4.{number}" for number in range(10))
BRANCHES = ("main",)


class Unprocessable(Exception):
    """422, with GitHub's words."""


class Repository:
    """One repository: seeded with v1.4.0 to v1.4.9, all green, each approved by two people."""

    def __init__(self, name: str, workflows: Sequence[str]) -> None:
        self.name = name
        self.versions = {
            version: self._seeded(version, number) for number, version in enumerate(VERSIONS, 101)
        }
        self.workflows = {file: Workflow(file=file) for file in workflows}
        self.runs: list[Run] = []

    def _seeded(self, version: str, number: int) -> Version:
        return Version(
            name=version,
            sha=sha_of(self.name, version),
            checks=[("lint", "success"), ("test", "success")],
            statuses=[("security", "pending"), ("security", "success")],
            pull=number,
            reviews=[("ana", "APPROVED"), ("chloe", "APPROVED")],
        )

    def commit(self, ref: str) -> Version | None:
        """By tag, by commit, or the newest by branch."""
        if ref in BRANCHES:
            return list(self.versions.values())[-1]
        fitting = (v for v in self.versions.values() if ref in (v.name, f"tags/{v.name}", v.sha))
        return next(fitting, None)

    def pull(self, number: int) -> Version | None:
        """The version that came with that pull request."""
        return next((v for v in self.versions.values() if v.pull == number), None)


class Account:
    """All repositories, by name in lower case."""

    def __init__(self, seeds: dict[str, list[str]]) -> None:
        self.lock = threading.RLock()
        self._seeds = seeds
        self._numbers = itertools.count(9000)
        self.repositories: dict[str, Repository] = {}
        self.reset()

    def reset(self) -> None:
        """As at the start."""
        self.repositories = {
            name.lower(): Repository(name, workflows) for name, workflows in self._seeds.items()
        }

    def start(
        self, repository: Repository, workflow: Workflow, ref: str, inputs: dict[str, str]
    ) -> Run:
        """Start a run. Raises Unprocessable for what the workflow does not take."""
        if ref not in (*BRANCHES, *repository.versions):
            raise Unprocessable(f"No ref found for: {ref}")
        unknown = [name for name in inputs if name not in workflow.takes]
        if unknown:
            raise Unprocessable(f"Unexpected inputs provided: {json.dumps(unknown)}")
        if workflow.state != "active":
            raise Unprocessable("Cannot trigger a 'workflow_dispatch' on a disabled workflow")
        ending = workflow.endings.pop(0) if workflow.endings else Ending()
        run = Run(id=next(self._numbers), workflow=workflow, ref=ref, inputs=inputs, ending=ending)
        if ending.hook is not None:
            run.acted = False
            timer = threading.Timer(ending.queued, self._act, (run, ending.hook))
            timer.daemon = True
            timer.start()
        repository.runs.append(run)
        return run

    def _act(self, run: Run, hook: dict[str, Any]) -> None:
        try:
            run.failed = _post(str(hook["url"]), hook.get("body", {})) >= 300
        except OSError:
            run.failed = True
        finally:
            run.acted = True


def _post(url: str, body: Any) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", parts.path or "/", json.dumps(body), headers)
        return connection.getresponse().status
    finally:
        connection.close()
