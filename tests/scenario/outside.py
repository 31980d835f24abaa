"""What is outside the bot: Slack, AWS and PagerDuty as processes, with what a test asks of them.

One set a session, put back before each test. Slack delivers by signed HTTP to the address where
each test's bot listens in turn.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.world import World, free_port

Json = dict[str, Any]
READS = ("Describe", "Get", "List", "Simulate", "Filter")


@contextmanager
def outside() -> Iterator[World]:
    """The processes: Slack without rate limits, a plant with few minutes of past (seeds faster)."""
    port = free_port()
    events = f"http://127.0.0.1:{port}/slack/events"
    with World(
        web_port=port,
        parts=("pagerduty", "aws", "slack"),
        slack_args=("--limits", "off", "--events-url", events, "--retry-waits", ""),
        aws_args=("--seed-minutes", "1"),
    ) as world:
        yield world


class Part:
    """The controls of one part."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def tell(self, path: str, **body: Any) -> Json:
        """POST to a control."""
        answer = await self._http.post(f"_control/{path}", json=body)
        found: Json = json.loads(answer.text)
        assert answer.is_success, found
        return found

    async def ask(self, path: str, **query: str) -> Any:
        """GET a control."""
        answer = await self._http.get(f"_control/{path}", params=query)
        return answer.raise_for_status().json()

    async def forget(self, path: str) -> None:
        """DELETE a control: faults, denials."""
        (await self._http.delete(f"_control/{path}")).raise_for_status()

    async def fault(self, match: str, kind: str, **more: Any) -> None:
        """Something goes wrong once, or `times` times (None: until forgotten)."""
        await self.tell("faults", match=match, kind=kind, **more)


class Plant(Part):
    """AWS."""

    async def half(self, colour: str, service: str = "backend") -> Json:
        """One colour as it is."""
        state = await self.ask("state")
        found: Json = state["services"][service][colour]
        return found

    async def weights(self, service: str = "backend") -> tuple[int, int]:
        """Blue's and green's on the last rule that splits between them."""
        state = (await self.ask("state"))["services"][service]
        return state["blue"]["weight"], state["green"]["weight"]

    async def changes(self) -> list[str]:
        """Every call that could change anything, with what came of it."""
        return [
            call["action"] if call["outcome"] == "done" else f"{call['action']} {call['outcome']}"
            for call in (await self.ask("calls"))["calls"]
            if not call["action"].startswith(READS)
        ]


@dataclass(frozen=True, kw_only=True)
class Outside:
    """The three, as new."""

    world: World
    slack: Part
    aws: Plant
    pagerduty: Part

    @property
    def address(self) -> str:
        """Where the bot must listen."""
        return f"http://127.0.0.1:{self.world.web_port}"


@asynccontextmanager
async def as_new(world: World, scenario: str = "bad-release") -> AsyncIterator[Outside]:
    """All three put back to their start; AWS to that scenario."""
    async with AsyncExitStack() as stack:
        page = world.announced("pagerduty")["page"]
        clients = [
            await stack.enter_async_context(
                httpx.AsyncClient(base_url=url, timeout=20, trust_env=False)
            )
            for url in (world.url("slack"), world.url("aws"), page)
        ]
        found = Outside(
            world=world, slack=Part(clients[0]), aws=Plant(clients[1]), pagerduty=Part(clients[2])
        )
        await asyncio.gather(
            found.slack.tell("reset"),
            found.aws.tell("reset", scenario=scenario),
            found.pagerduty.tell("reset"),
        )
        yield found


READABLE = frozenset(
    [
        "blocks",
        "text",
        "title",
        "elements",
        "fields",
        "tasks",
        "details",
        "accessory",
        "element",
        "label",
        "rows",
        "submit",
    ]
)


def words(shown: Any) -> str:
    """All that can be read on a message or view, in order, a line each."""
    found: list[str] = []
    _gather(shown, found)
    return "\n".join(found)


def _gather(shown: Any, found: list[str]) -> None:
    if isinstance(shown, list):
        for item in shown:
            _gather(item, found)
    elif isinstance(shown, dict):
        for name, item in shown.items():
            if name in ("text", "title") and isinstance(item, str):
                found.append(item)
            elif name in READABLE:
                _gather(item, found)
