"""GitHub: what it knows of a version, and the workflow that deploys there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bot.domain.code import Evidence, WorkflowRun
from bot.ports.fence import Fence
from bot.topology import GithubSource


class Code(Protocol):
    """One attempt a call; retrying is the caller's. Besides what a method names: Temporary, and
    OperationFailed("denied") when the token may not.
    """

    async def evidence(self, source: GithubSource, version: str) -> Evidence:
        """Tests and reviews of the version's commit. Raises OperationFailed("not_found")."""
        ...

    async def dispatch(
        self, source: GithubSource, *, inputs: Mapping[str, str], key: str, fence: Fence
    ) -> None:
        """Start the workflow, once; `key` (R42 and more, no spaces) makes it findable. Ask `find`
        first. Raises OperationFailed("not_found"), or "refused" with GitHub's reason.
        """
        ...

    async def find(self, source: GithubSource, key: str, since: datetime) -> WorkflowRun | None:
        """The run started with that key at `since` or after; None when none is listed, as a new
        one is not for some seconds (`bot.domain.code.SHOWN_SECONDS`).

        A workflow whose `run-name` shows the key is known by it. Of another the oldest run by hand
        on `ref` since then is taken, which may be somebody else's. Raises as `dispatch`.
        """
        ...

    async def run(self, source: GithubSource, run_id: int) -> WorkflowRun:
        """Where a run stands. Raises OperationFailed("not_found")."""
        ...
