"""GitHub's part of `filmops check`: token, repositories, what a checklist reads, workflows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from github import Github

from bot.adapters import github_evidence, github_runs
from bot.adapters.github_api import Api
from bot.errors import FilmOpsError
from bot.ports import Finding
from bot.topology import GithubSource


class GithubChecks:
    """See `bot.ports.Checks`. `sources` are the topology's, by the service's key."""

    def __init__(self, api: Api, sources: Mapping[str, GithubSource]) -> None:
        self._api = api
        self._sources = sources

    async def check(self) -> Sequence[Finding]:
        """For each service: what is wrong first, or that all is there."""
        return [await self._look(key, source) for key, source in self._sources.items()]

    async def _look(self, key: str, source: GithubSource) -> Finding:
        subject = f"GitHub {source.repository} ({key})"
        try:
            said, fix = await self._api.run(source.repository, lambda c: _seen(c, source))
        except FilmOpsError as error:
            return Finding(subject=subject, ok=False, said=error.message, fix=error.hint)
        return Finding(subject=subject, ok=not fix, said=said, fix=fix)


def _seen(client: Github, source: GithubSource) -> tuple[str, str]:
    """What there is to say, and what to mend: "" when nothing."""
    repository = client.get_repo(source.repository).complete()
    if repository.full_name.lower() != source.repository.lower():
        return f"is now called {repository.full_name}", "give that name in filmops.toml"
    github_evidence.evidence(client, source, source.ref)
    if source.workflow is None:
        return "tests and reviews can be read", ""
    shown = github_runs.shows_key(client, source)
    workflow = repository.get_workflow(source.workflow).complete()
    if workflow.state != "active":
        return f"{source.workflow} is {workflow.state}", "enable it in the repository's Actions"
    how = "name" if shown else "time: its run-name has no inputs.filmops"
    return (
        f"tests and reviews can be read; {source.workflow} is there, its runs are known by {how}",
        "",
    )
