"""The two stages of the contract of Code: the twin, and the adapter before the local GitHub."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Protocol

import pytest
import pytest_asyncio

from bot.adapters.github import GithubCode
from bot.adapters.github_api import Api
from bot.adapters.memory.clock import MemoryClock
from bot.adapters.memory.code import MemoryCode, green
from bot.domain.code import CheckState, Evidence, WorkflowState
from bot.errors import Temporary
from bot.ports import Code
from tests.github import TOKEN, LocalGithub


class Stage(Protocol):
    """The port and what happens behind it."""

    @property
    def code(self) -> Code: ...

    def now(self) -> datetime: ...

    def minutes_pass(self) -> None:
        """Far enough for whatever was started before."""

    def pushed(self, version: str, failing: str) -> None:
        """A version without a pull request, one of whose tests fails."""

    def without_run_name(self) -> None:
        """From now on the workflow shows no key."""

    def begins(self, state: WorkflowState, conclusion: str = "") -> None:
        """How the next run stands when it is looked at."""

    def ends(self, run_id: int) -> None:
        """What runs has done its work."""

    def by_hand(self) -> int:
        """Somebody starts the workflow in the browser; the run's id."""

    def started(self) -> list[dict[str, str]]:
        """The inputs of each run, without ours."""

    def away(self) -> None:
        """The next call gets no answer and does nothing."""


class OnTwin:
    """MemoryCode."""

    def __init__(self) -> None:
        self._clock = MemoryClock()
        self.code = MemoryCode(self._clock)

    def now(self) -> datetime:
        return self._clock.now()

    def minutes_pass(self) -> None:
        self._clock.advance(300)

    def pushed(self, version: str, failing: str) -> None:
        checks = {**green("").checks, failing: CheckState.FAILED}
        self.code.versions[version] = Evidence(commit="b" * 40, checks=checks)

    def without_run_name(self) -> None:
        self.code.keyed = False

    def begins(self, state: WorkflowState, conclusion: str = "") -> None:
        self.code.begins = (state, conclusion)

    def ends(self, run_id: int) -> None:
        self.code.move(run_id, WorkflowState.COMPLETED, "success")

    def by_hand(self) -> int:
        return self.code.start({"action": "deploy"}).id

    def started(self) -> list[dict[str, str]]:
        return [dict(run.inputs) for run in self.code.runs]

    def away(self) -> None:
        self.code.failing = Temporary("away")


class OnGithub:
    """GithubCode before the local GitHub."""

    def __init__(self, code: GithubCode, local: LocalGithub) -> None:
        self.code = code
        self._local = local

    def now(self) -> datetime:
        return datetime.now(UTC)

    def minutes_pass(self) -> None:
        self._local.tell("age", seconds=300)

    def pushed(self, version: str, failing: str) -> None:
        checks = [["lint", "success"], ["test", "success"], [failing, "failure"]]
        self._local.tell("version", version=version, checks=checks)

    def without_run_name(self) -> None:
        self._local.tell("workflow", keyed=False)

    def begins(self, state: WorkflowState, conclusion: str = "") -> None:
        queued = 600 if state is WorkflowState.QUEUED else 0
        seconds = 0 if state is WorkflowState.COMPLETED else 600
        end = conclusion or "success"
        self._local.tell("ending", queued=queued, seconds=seconds, conclusion=end)

    def ends(self, run_id: int) -> None:
        self._local.tell("age", seconds=3600)

    def by_hand(self) -> int:
        return int(self._local.tell("start", inputs={"action": "deploy"})["id"])

    def started(self) -> list[dict[str, str]]:
        runs = (run["inputs"] for run in self._local.runs())
        return [{key: text for key, text in run.items() if key != "filmops"} for run in runs]

    def away(self) -> None:
        self._local.tell("faults", match="*", kind="refuse")


@pytest_asyncio.fixture
async def api(github: LocalGithub) -> AsyncIterator[Api]:
    """A client of the local GitHub."""
    api = Api(token=TOKEN, base_url=github.url)
    yield api
    await api.close()


@pytest_asyncio.fixture(params=["twin", "github"])
async def code_stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """Each of the two in turn, as new."""
    if request.param == "twin":
        yield OnTwin()
        return
    local: LocalGithub = request.getfixturevalue("github")
    api = Api(token=TOKEN, base_url=local.url)
    yield OnGithub(GithubCode(api), local)
    await api.close()
