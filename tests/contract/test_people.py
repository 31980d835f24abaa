"""People: roles from the file and from user groups, and what holds when Slack is silent."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Protocol

import pytest
import pytest_asyncio

from bot.adapters.memory.people import MemoryPeople
from bot.adapters.slack import SlackApi, SlackPeople
from bot.errors import Temporary
from bot.ports import People
from bot.topology import Role, Topology, load
from tests.contract.chat_stage import StillClock
from tests.workspace import BOT_TOKEN, CHECKOUT, Workspace

pytestmark = pytest.mark.contract

GROUP = "S0ENGINEER"  # the sandbox's group of this name has Ana and Ben
ANA, BEN, CHLOE, EVE = "U0ANA", "U0BEN", "U0CHLOE", "U0EVE"
METHOD = "usergroups.users.list"


def topology(*groups: str) -> Topology:
    """Chloe leads by the file, and so does who is in the groups; Ben is nothing by the file."""
    shipped = load(CHECKOUT / "filmops.toml")
    roles = {
        **shipped.roles,
        "engineer": Role(people=("ana",)),
        "lead": Role(people=("chloe",), groups=groups),
    }
    return shipped.model_copy(update={"roles": roles})


@pytest_asyncio.fixture
async def api(workspace: Workspace) -> AsyncIterator[SlackApi]:
    found = SlackApi(token=BOT_TOKEN, base_url=workspace.api)
    yield found
    await found.close()


@pytest.fixture
def clock() -> StillClock:
    return StillClock(datetime(2026, 11, 23, 3, 0, tzinfo=UTC))


class Stage(Protocol):
    people: People

    async def silence(self) -> None: ...


class Twin:
    def __init__(self, *, known: bool) -> None:
        self._memory = MemoryPeople(topology(GROUP))
        if known:
            self._memory.set_group(GROUP, [ANA, BEN])
        self.people: People = self._memory

    async def silence(self) -> None:
        self._memory.silent = Temporary("Slack is silent")


class Real:
    def __init__(self, api: SlackApi, clock: StillClock, workspace: Workspace) -> None:
        self.people: People = SlackPeople(api, topology(GROUP), clock)
        self._workspace = workspace

    async def silence(self) -> None:
        await self._workspace.fault(METHOD, "status", status=503, times=None)


def make(request: pytest.FixtureRequest, *, known: bool) -> Stage:
    if request.param == "twin":
        return Twin(known=known)
    return Real(*(request.getfixturevalue(name) for name in ("api", "clock", "workspace")))


@pytest.fixture(params=["twin", "real"])
def stage(request: pytest.FixtureRequest) -> Stage:
    return make(request, known=True)


@pytest.fixture(params=["twin", "real"])
def unread(request: pytest.FixtureRequest) -> Stage:
    return make(request, known=False)


async def test_roles_come_from_the_file_and_from_groups(stage: Stage) -> None:
    assert await stage.people.roles(ANA) == {"engineer", "lead"}
    assert await stage.people.roles(BEN) == {"lead"}
    assert await stage.people.roles(CHLOE) == {"lead"}
    assert await stage.people.roles("U0STRANGER") == frozenset()


async def test_what_is_known_of_a_group_holds_while_slack_is_silent(stage: Stage) -> None:
    assert await stage.people.roles(BEN) == {"lead"}
    await stage.silence()
    assert await stage.people.roles(BEN) == {"lead"}


async def test_a_person_of_the_file_keeps_their_roles_while_slack_is_silent(unread: Stage) -> None:
    await unread.silence()
    assert await unread.people.roles(EVE) == {"auditor"}


async def test_nobody_is_told_that_they_have_no_role_when_nobody_could_look(unread: Stage) -> None:
    await unread.silence()
    with pytest.raises(Temporary):
        await unread.people.roles(BEN)


# --- what only the real one can show -----------------------------------------------------------


async def asked(workspace: Workspace) -> int:
    return len(await workspace.calls(METHOD))


async def test_a_group_is_read_once_a_minute(
    api: SlackApi, clock: StillClock, workspace: Workspace
) -> None:
    people = SlackPeople(api, topology(GROUP), clock)
    for seconds, times in ((0, 1), (59, 1), (2, 2)):
        clock.move(seconds=seconds)
        await people.roles(BEN)
        assert await asked(workspace) == times


async def test_a_stale_group_is_asked_for_again_when_slack_said_so_and_ends_after_an_hour(
    api: SlackApi, clock: StillClock, workspace: Workspace
) -> None:
    people = SlackPeople(api, topology(GROUP), clock)
    await people.roles(BEN)
    headers = {"Retry-After": "30"}
    await workspace.fault(METHOD, "status", status=429, headers=headers, times=None)
    clock.move(seconds=61)
    assert await people.roles(BEN) == {"lead"}
    clock.move(seconds=29)
    assert await people.roles(BEN) == {"lead"}
    assert await asked(workspace) == 2
    clock.move(hours=1)
    with pytest.raises(Temporary):
        await people.roles(BEN)


async def test_a_group_that_is_gone_gives_nobody_a_right(
    api: SlackApi, clock: StillClock, workspace: Workspace
) -> None:
    people = SlackPeople(api, topology("S0GONE"), clock)
    assert await people.roles(BEN) == frozenset()
    assert await people.roles(CHLOE) == {"lead"}
    assert await asked(workspace) == 1
