"""GitHub put together: the port and its part of `filmops check` on one client.

Loaded by `bot.app` only where there is a token and a service that says where its code is: PyGithub
is a tenth of a process' start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.github import GithubCode
from bot.adapters.github_api import Api
from bot.adapters.github_checks import GithubChecks
from bot.ports import Checks, Code
from bot.topology import GithubSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Github:
    """Close it in the loop that used it."""

    code: Code
    checks: Checks
    api: Api

    async def close(self) -> None:
        """Close the connections."""
        await self.api.close()


def build_github(
    sources: Mapping[str, GithubSource], *, token: str, base_url: str, ca_file: Path | None
) -> Github:
    """`sources` are the topology's, by the service's key."""
    api = Api(token=token, base_url=base_url, ca_file=ca_file)
    return Github(code=GithubCode(api), checks=GithubChecks(api, sources), api=api)
