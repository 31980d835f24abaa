"""The port Code over GitHub's REST API, by PyGithub.

Before it: the steps and the checklist of a deployment. After it: `bot.adapters.github_evidence`
and `…_runs`, which speak to GitHub in a thread of `bot.adapters.github_api`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.adapters import github_evidence, github_runs
from bot.adapters.github_api import Api
from bot.domain.code import Evidence, WorkflowRun
from bot.ports import Fence
from bot.topology import GithubSource


class GithubCode:
    """See `bot.ports.Code`."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def evidence(self, source: GithubSource, version: str) -> Evidence:
        """Tests and reviews of the version's commit."""
        ref = source.ref_of(version)
        return await self._api.run(
            f"{source.repository}, {ref}",
            lambda client: github_evidence.evidence(client, source, ref),
        )

    async def dispatch(
        self, source: GithubSource, *, inputs: Mapping[str, str], key: str, fence: Fence
    ) -> None:
        """Start the workflow, once."""
        await self._api.run(
            _workflow(source),
            lambda client: github_runs.dispatch(
                client, source, inputs=inputs, key=key, fence=fence
            ),
        )

    async def find(self, source: GithubSource, key: str, since: datetime) -> WorkflowRun | None:
        """The run started with that key."""
        return await self._api.run(
            _workflow(source), lambda client: github_runs.find(client, source, key, since)
        )

    async def run(self, source: GithubSource, run_id: int) -> WorkflowRun:
        """Where a run stands."""
        return await self._api.run(
            f"{source.repository}, run {run_id}",
            lambda client: github_runs.run(client, source, run_id),
        )


def _workflow(source: GithubSource) -> str:
    return f"{source.repository}, {source.workflow}"
