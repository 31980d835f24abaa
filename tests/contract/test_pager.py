"""One suite on both pagers: the twin, and the adapter against the local PagerDuty."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

from bot.adapters.memory.pager import MemoryPager
from bot.adapters.pagerduty import PagerDutyPager
from bot.adapters.pagerduty_api import Api
from bot.errors import ConfigurationError, OperationFailed, Temporary
from bot.ports import Pager
from bot.topology import Topology, load
from sandbox.world import CHECKOUT, World

pytestmark = pytest.mark.contract

KEY = "esc:0198:L1"


class Stage(Protocol):
    """The pager and what happens behind it."""

    @property
    def pager(self) -> Pager: ...

    async def rang(self) -> list[tuple[int, str | None]]:
        """Level and person of each accepted page, oldest first."""
        ...

    async def acknowledge(self, key: str) -> None:
        """Ana takes it on her phone."""
        ...

    async def resolve(self, key: str) -> None:
        """It is over."""
        ...

    async def nobody_on_call(self, level: int) -> None:
        """A hole in the schedule."""
        ...

    async def unreachable(self) -> None:
        """From now on PagerDuty does not answer."""
        ...

    async def throttling(self, seconds: int) -> None:
        """From now on PagerDuty asks to wait."""
        ...


class StillClock:
    """A clock that stands."""

    def now(self) -> datetime:
        """The same instant."""
        return datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


class OnTwin:
    """The stage of the twin."""

    def __init__(self, topology: Topology) -> None:
        services = [level.pagerduty_service for level in topology.escalation.levels]
        names = ["Ana Okafor", "Chloe Tan", "Dana Ruiz"]
        self.pager = MemoryPager(StillClock(), services=services, on_call=names)

    async def rang(self) -> list[tuple[int, str | None]]:
        return [(page.level, page.rang) for page in self.pager.pages]

    async def acknowledge(self, key: str) -> None:
        self.pager.acknowledge(key, "Ana Okafor")

    async def resolve(self, key: str) -> None:
        self.pager.resolve(key)

    async def nobody_on_call(self, level: int) -> None:
        self.pager.on_call[level - 1] = None

    async def unreachable(self) -> None:
        self.pager.failing = Temporary("PagerDuty does not answer")

    async def throttling(self, seconds: int) -> None:
        self.pager.failing = Temporary("PagerDuty asks us to wait", retry_after=float(seconds))


class OnPagerDuty:
    """The stage of the real adapter: the local PagerDuty through its controls."""

    def __init__(self, pager: PagerDutyPager, control: httpx.AsyncClient) -> None:
        self.pager = pager
        self._control = control

    async def tell(self, path: str, **body: Any) -> None:
        (await self._control.post(path, json=body)).raise_for_status()

    async def rang(self) -> list[tuple[int, str | None]]:
        names = {"ana": "Ana Okafor", "chloe": "Chloe Tan", "dana": "Dana Ruiz"}
        ledger = (await self._control.get("ledger")).json()
        return [
            (page["level"], names[page["paged"].split("@")[0]] if page["paged"] else None)
            for page in ledger
        ]

    async def acknowledge(self, key: str) -> None:
        await self.tell("ack", dedup_key=key, user="ana@aifilmstudio.com")

    async def resolve(self, key: str) -> None:
        await self.tell("resolve", dedup_key=key, user="ana@aifilmstudio.com")

    async def nobody_on_call(self, level: int) -> None:
        await self.tell("oncall", level=level, email=None)

    async def unreachable(self) -> None:
        await self.tell("faults", match="*", kind="refuse", times=None)

    async def throttling(self, seconds: int) -> None:
        headers = {"ratelimit-reset": str(seconds)}
        await self.tell("faults", match="*", kind="status", status=429, headers=headers, times=None)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(parts=("pagerduty",)) as world:
        yield world


@pytest.fixture(scope="module")
def topology() -> Topology:
    return load(CHECKOUT / "filmops.toml")


def api_of(world: World, **changed: Any) -> Api:
    settings: dict[str, Any] = {
        "routing_keys": {1: "R-L1", 2: "R-L2", 3: "R-L3"},
        "token": "sandbox-token",
        "from_address": "ana@aifilmstudio.com",
        "api_url": world.url("pagerduty"),
        "events_url": world.url("pagerduty"),
        "ca_file": Path(world.ca),
    }
    return Api(**{**settings, **changed})


def services_of(topology: Topology) -> list[str]:
    return [level.pagerduty_service for level in topology.escalation.levels]


@asynccontextmanager
async def controls(world: World) -> AsyncIterator[httpx.AsyncClient]:
    base = f"{world.announced('pagerduty')['page']}_control/"
    async with httpx.AsyncClient(base_url=base, trust_env=False) as control:
        (await control.post("reset")).raise_for_status()
        yield control


@pytest.fixture(params=["twin", "pagerduty"])
async def stage(request: pytest.FixtureRequest, topology: Topology) -> AsyncIterator[Stage]:
    if request.param == "twin":
        yield OnTwin(topology)
        return
    world: World = request.getfixturevalue("world")
    api = api_of(world)
    async with controls(world) as control:
        yield OnPagerDuty(PagerDutyPager(api, services=services_of(topology)), control)
    await api.close()


async def page(stage: Stage, level: int = 1, key: str = KEY, summary: str = "5xx at 12 %") -> None:
    await stage.pager.page(key=key, level=level, summary=summary, detail={"service": "backend"})


async def test_a_page_rings_the_person_on_call_of_that_level(stage: Stage) -> None:
    await page(stage, level=2)
    assert await stage.rang() == [(2, "Chloe Tan")]


async def test_a_page_sent_twice_rings_once(stage: Stage) -> None:
    await page(stage)
    await page(stage)
    assert [person for _, person in await stage.rang()] == ["Ana Okafor", None]
    assert len(await stage.pager.incidents()) == 1


async def test_the_same_key_rings_again_once_the_first_is_resolved(stage: Stage) -> None:
    await page(stage)
    await stage.resolve(KEY)
    await page(stage)
    assert [person for _, person in await stage.rang()] == ["Ana Okafor", "Ana Okafor"]


async def test_levels_do_not_share_an_incident(stage: Stage) -> None:
    await page(stage, level=1)
    await page(stage, level=3)
    services = {incident.service for incident in await stage.pager.incidents()}
    assert services == {"Level 1", "Level 3"}


async def test_an_open_incident_says_what_where_and_whose(stage: Stage) -> None:
    await page(stage)
    await stage.acknowledge(KEY)
    (incident,) = await stage.pager.incidents()
    assert (incident.title, incident.service) == ("5xx at 12 %", "Level 1")
    assert (incident.status, incident.urgency) == ("acknowledged", "high")
    assert incident.assigned_to == ("Ana Okafor",)
    assert incident.opened_at.utcoffset() is not None
    assert incident.url.startswith("http")


async def test_open_incidents_come_newest_first_without_the_resolved(stage: Stage) -> None:
    for number in (1, 2, 3):
        await page(stage, level=number, key=f"esc:{number}", summary=f"number {number}")
    await stage.resolve("esc:2")
    titles = [incident.title for incident in await stage.pager.incidents()]
    assert sorted(titles) == ["number 1", "number 3"]


async def test_a_page_for_nobody_is_taken_and_rings_nobody(stage: Stage) -> None:
    await stage.nobody_on_call(2)
    await page(stage, level=2)
    assert await stage.rang() == [(2, None)]
    assert await stage.pager.incidents() == ()


async def test_a_long_summary_is_shortened_and_still_rings(stage: Stage) -> None:
    await page(stage, summary="x" * 5000)
    (incident,) = await stage.pager.incidents()
    assert len(incident.title) == 1024
    assert incident.title.endswith("…")


async def test_a_key_that_would_be_refused_is_never_sent(stage: Stage) -> None:
    for key in ("", "k" * 256):
        with pytest.raises(OperationFailed) as failure:
            await page(stage, key=key)
        assert failure.value.code == "bad_key"
    assert await stage.rang() == []


async def test_a_level_without_a_routing_key_is_a_configuration_error(stage: Stage) -> None:
    with pytest.raises(ConfigurationError, match="PAGERDUTY_ROUTING_KEY_L4"):
        await page(stage, level=4)


async def test_silence_is_temporary(stage: Stage) -> None:
    await stage.unreachable()
    with pytest.raises(Temporary):
        await page(stage)
    with pytest.raises(Temporary):
        await stage.pager.incidents()


async def test_throttling_says_how_long_to_wait(stage: Stage) -> None:
    await stage.throttling(17)
    with pytest.raises(Temporary) as throttled:
        await page(stage)
    assert throttled.value.retry_after == 17
