"""The sandbox's Slack as a process, for tests: start it, act in it, look into it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.cast import popen

DEADLINE = 15.0
Json = dict[str, Any]


class Slack:
    """One running workspace: what people do, and what a test may know."""

    def __init__(self, announced: Json, session: aiohttp.ClientSession) -> None:
        self.announced = announced
        self.url: str = announced["url"]
        self.session = session

    def client(self, token: str = "xoxb-sandbox") -> AsyncWebClient:
        """The real client, pointed here, never trying twice."""
        return AsyncWebClient(
            token=token,
            base_url=self.announced["api"],
            session=self.session,
            retry_handlers=[],
        )

    async def act(self, name: str, **act: Any) -> Json:
        """What a person does."""
        return await self.post(f"act/{name}", **act)

    async def post(self, path: str, **body: Any) -> Json:
        """POST to the control."""
        async with self.session.post(f"{self.url}/_control/{path}", json=body) as answer:
            return dict(await answer.json())

    async def get(self, path: str, **query: str) -> Json:
        """GET from the control."""
        async with self.session.get(f"{self.url}/_control/{path}", params=query) as answer:
            return dict(await answer.json())

    async def messages(self, channel: str = "ops-alerts") -> list[Json]:
        """What everybody sees in a channel."""
        return list((await self.get("messages", channel=channel))["messages"])

    async def ephemerals(self, channel: str = "ops-alerts") -> list[str]:
        """The texts single people see in a channel."""
        data = await self.get("messages", channel=channel)
        return [message["text"] for message in data["ephemerals"]]


@contextmanager
def process(folder: Path, *options: str) -> Iterator[Json]:
    """Start `python -m sandbox.slack`, give what it announces, and see that it ends well."""
    announce = folder / "slack.json"
    command = [sys.executable, "-m", "sandbox.slack", "--announce", str(announce), *options]
    running = popen(command, env=os.environ)
    try:
        deadline = time.monotonic() + DEADLINE
        while not announce.exists():
            assert running.poll() is None, "it ended before it was ready"
            assert time.monotonic() < deadline, "it never became ready"
            time.sleep(0.02)
        yield json.loads(announce.read_text())
    finally:
        running.terminate()
        assert running.wait(timeout=DEADLINE) == 0


@asynccontextmanager
async def workspace(announced: Json) -> AsyncIterator[Slack]:
    """A session with a workspace that has forgotten what was before."""
    async with aiohttp.ClientSession() as session:
        slack = Slack(announced, session)
        await slack.post("reset")
        yield slack


@asynccontextmanager
async def socket_mode(
    slack: Slack, register: Callable[[AsyncApp], None], stays: int = 0
) -> AsyncIterator[None]:
    """A real Bolt app on a real socket; `stays` others are connected already."""
    app = AsyncApp(client=slack.client(), raise_error_for_unhandled_request=False)
    register(app)
    handler = AsyncSocketModeHandler(app, "xapp-sandbox")
    await handler.connect_async()
    try:
        await until(lambda: _connected(slack, stays + 1))
        yield
    finally:
        await handler.close_async()
        await until(lambda: _connected(slack, stays))


async def until(condition: Callable[[], Any]) -> Any:
    """Ask again until the answer is true; its value. Fails after a deadline."""
    deadline = time.monotonic() + DEADLINE
    while True:
        value = await condition()
        if value:
            return value
        assert time.monotonic() < deadline, "never became true"
        await asyncio.sleep(0.02)


async def _connected(slack: Slack, count: int) -> bool:
    return bool((await slack.get("sockets"))["connected"] == count)


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(action_id: str, value: str = "1") -> Json:
    return {"type": "button", "action_id": action_id, "text": plain("Go"), "value": value}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "block_id": "decide", "elements": list(elements)}


def modal(**more: Any) -> Json:
    """A modal that asks why."""
    field = {"type": "plain_text_input", "action_id": "text"}
    asked = {"type": "input", "block_id": "why", "label": plain("Why"), "element": field}
    return {
        "type": "modal",
        "callback_id": "reason",
        "title": plain("Reason"),
        "submit": plain("Send"),
        "blocks": [asked],
        **more,
    }
