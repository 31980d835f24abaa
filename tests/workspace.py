"""The sandbox's Slack as a process, and what a test asks of it besides the Web API.

A conftest imports both fixtures, a test takes `workspace`: one process a session, emptied
before each test.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from sandbox.world import World

CHECKOUT = Path(__file__).parent.parent
BOT_TOKEN = "xoxb-sandbox"
APP_TOKEN = "xapp-sandbox"


class Workspace:
    """The controls of the running workspace."""

    def __init__(self, *, url: str, api: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.api = api
        self._session = session

    async def ask(self, path: str, **query: str) -> dict[str, Any]:
        """GET a control."""
        return await self._json("GET", path, params=query)

    async def tell(self, path: str, **body: Any) -> dict[str, Any]:
        """POST to a control."""
        return await self._json("POST", path, json=body)

    async def fault(self, match: str, kind: str, **more: Any) -> None:
        """Let something go wrong once, or `times` times."""
        await self.tell("faults", match=match, kind=kind, **more)

    async def messages(self, channel: str = "ops-alerts") -> list[dict[str, Any]]:
        """What a channel shows, oldest first, answers below `replies`."""
        found: list[dict[str, Any]] = (await self.ask("messages", channel=channel))["messages"]
        return found

    async def ephemerals(self, channel: str = "ops-alerts") -> list[dict[str, Any]]:
        """What only one person in a channel sees."""
        found: list[dict[str, Any]] = (await self.ask("messages", channel=channel))["ephemerals"]
        return found

    async def calls(self, method: str) -> list[dict[str, Any]]:
        """How a method was called, oldest first."""
        found: list[dict[str, Any]] = (await self.ask("calls", method=method))["calls"]
        return found

    async def command(self, text: str = "/filmops help", user: str = "U0ANA") -> dict[str, Any]:
        """Type a command and return the payload the bot is sent (response_url, trigger_id)."""
        opened = await self._session.post(
            f"{self.api}apps.connections.open", headers={"Authorization": f"Bearer {APP_TOKEN}"}
        )
        async with self._session.ws_connect((await opened.json())["url"]) as socket:
            await socket.receive_json()  # hello
            typed = asyncio.create_task(
                self.tell("act/command", user=user, channel="ops-alerts", text=text)
            )
            envelope = await socket.receive_json()
            await socket.send_json({"envelope_id": envelope["envelope_id"]})
            await typed
        payload: dict[str, Any] = envelope["payload"]
        return payload

    async def download(self, url: str) -> bytes:
        """The bytes of a shared file."""
        async with self._session.get(url) as answer:
            assert answer.status == 200, answer.status
            return await answer.read()

    async def _json(self, verb: str, path: str, **request: Any) -> dict[str, Any]:
        async with self._session.request(verb, f"{self.url}/_control/{path}", **request) as answer:
            body: dict[str, Any] = json.loads(await answer.text())
            assert answer.status == 200, body
            return body


@pytest.fixture(scope="session")
def slack_process() -> Iterator[dict[str, Any]]:
    """Where the workspace is; without rate limits, which tests arm as faults."""
    with World(
        topology=CHECKOUT / "filmops.toml", parts=("slack",), slack_args=("--limits", "off")
    ) as world:
        yield world.announced("slack")


@pytest_asyncio.fixture
async def workspace(slack_process: dict[str, Any]) -> AsyncIterator[Workspace]:
    """The workspace, empty."""
    async with aiohttp.ClientSession() as session:
        found = Workspace(url=slack_process["url"], api=slack_process["api"], session=session)
        await found.tell("reset")
        yield found
