"""The sandbox's GitHub as a process of the test session, and what a test asks of it.

A conftest imports both fixtures; a test takes `github`: as seeded, whatever the last one did.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bot.topology import GithubSource
from sandbox.world import World

REPOSITORY, TOKEN = "ai-film-studio/backend", "sandbox-github"
SOURCE = GithubSource(repository=REPOSITORY, workflow="deploy.yml")


class LocalGithub:
    """The controls of the running one."""

    def __init__(self, url: str, http: httpx.Client) -> None:
        self.url = url
        self._http = http

    def tell(self, control: str, **body: Any) -> dict[str, Any]:
        """POST to a control."""
        answer = self._http.post(f"/_control/{control}", json=body).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def runs(self) -> list[dict[str, Any]]:
        """Every run, the oldest first."""
        found: list[dict[str, Any]] = self._http.get("/_control/runs").json()["runs"]
        return found

    def calls(self) -> list[str]:
        """`GET /repos/…`, the oldest first."""
        calls = self._http.get("/_control/calls").json()
        return [call["call"].replace(f"/repos/{REPOSITORY}", "") for call in calls]


@pytest.fixture(scope="session")
def github_process() -> Iterator[LocalGithub]:
    """One for all tests."""
    with (
        World(parts=("github",)) as world,
        httpx.Client(base_url=world.url("github"), trust_env=False) as http,
    ):
        yield LocalGithub(world.url("github"), http)


@pytest.fixture
def github(github_process: LocalGithub, monkeypatch: pytest.MonkeyPatch) -> LocalGithub:
    """As seeded."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    github_process.tell("reset")
    return github_process
