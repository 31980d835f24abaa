"""The two stages of the pager's contract: the twin, and the adapter before the local PagerDuty."""

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
from bot.errors import Temporary
from bot.ports import Pager
from bot.topology import Topology, load
from sandbox.world import CHECKOUT, World

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

    async def timed_out(self, key: str) -> None:
        """Nobody went on: it rings again."""
        ...

    async def notes(self) -> list[str]:
        """What was noted on incidents."""
        ...

    async def nobody_on_call(self, level: int) -> None:
        """A hole in the schedule."""
        ...

    async def stuck(self, level: int) -> None:
        """From now on pages of that level get no answer."""
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
        people = topology.people.values()
        self.pager = MemoryPager(
            StillClock(),
            services=services,
            on_call=["Ana Okafor", "Chloe Tan", "Dana Ruiz"],
            emails={person.name: person.email for person in people},
        )

    async def rang(self) -> list[tuple[int, str | None]]:
        return [(page.level, page.rang) for page in self.pager.pages]

    async def acknowledge(self, key: str) -> None:
        self.pager.picked_up(key, "Ana Okafor")

    async def resolve(self, key: str) -> None:
        self.pager.closed(key)

    async def timed_out(self, key: str) -> None:
        self.pager.put_down(key)

    async def notes(self) -> list[str]:
        return [text for _, text in self.pager.notes]

    async def nobody_on_call(self, level: int) -> None:
        self.pager.rota[level - 1] = None

    async def stuck(self, level: int) -> None:
        self.pager.stuck[level] = Temporary("PagerDuty does not answer")

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

    async def timed_out(self, key: str) -> None:
        await self.tell("unack", dedup_key=key)

    async def notes(self) -> list[str]:
        found = (await self._control.get("incidents")).json()
        return [text for incident in found for text in incident["notes"]]

    async def nobody_on_call(self, level: int) -> None:
        await self.tell("oncall", level=level, email=None)

    async def stuck(self, level: int) -> None:
        await self.tell("faults", match=f"POST /v2/enqueue L{level}", kind="refuse", times=None)

    async def unreachable(self) -> None:
        await self.tell("faults", match="*", kind="refuse", times=None)

    async def throttling(self, seconds: int) -> None:
        headers = {"ratelimit-reset": str(seconds)}
        await self.tell("faults", match="*", kind="status", status=429, headers=headers, times=None)


@pytest.fixture(scope="module")
def pager_world() -> Iterator[World]:
    """A running PagerDuty."""
    with World(parts=("pagerduty",)) as world:
        yield world


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
async def pager_stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """Each of the two in turn, as new."""
    topology = load(CHECKOUT / "filmops.toml")
    if request.param == "twin":
        yield OnTwin(topology)
        return
    world: World = request.getfixturevalue("pager_world")
    api = api_of(world)
    async with controls(world) as control:
        yield OnPagerDuty(PagerDutyPager(api, services=services_of(topology)), control)
    await api.close()


async def page(stage: Stage, level: int = 1, key: str = KEY, summary: str = "5xx at 12 %") -> None:
    """Page a level."""
    await stage.pager.page(key=key, level=level, summary=summary, detail={"service": "backend"})
