"""The web process listens at once, and ends tidily."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.entrypoints.intake import Intake
from bot.entrypoints.watching import watch_routes
from bot.entrypoints.web import serve
from bot.errors import ConfigurationError
from tests.stage import Stage

pytestmark = pytest.mark.unit


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def health(port: int) -> str:
    async with httpx.AsyncClient() as client:
        for _ in range(2_000):
            try:
                return (await client.get(f"http://127.0.0.1:{port}/livez")).text
            except httpx.TransportError:
                await asyncio.sleep(0.005)
    raise AssertionError("nobody listens")


async def serving(stop: asyncio.Event, port: int) -> None:
    stage = Stage()

    await serve(
        Intake(stage.world.store.inbox, stage.clock, team="T1"),
        client=AsyncWebClient("xoxb-1", base_url="http://127.0.0.1:1/"),
        bot_token="xoxb-1",
        app_token=None,
        signing_secret=None,
        team="T1",
        bot_user="U0BOT",
        proxy=None,
        routes=watch_routes(stage.world),
        host="127.0.0.1",
        port=port,
        stop=stop,
    )


async def test_it_listens_until_it_is_told_to_stop() -> None:
    stop, port = asyncio.Event(), free_port()
    running = asyncio.create_task(serving(stop, port))
    async with asyncio.timeout(30):
        assert await health(port) == "ok"
        stop.set()
        await running
    with pytest.raises(httpx.TransportError):
        async with httpx.AsyncClient() as client:
            await client.get(f"http://127.0.0.1:{port}/livez")


async def test_a_port_that_is_taken_refuses_the_start_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with pytest.raises(ConfigurationError) as raised:
            await serving(asyncio.Event(), port)
    (line,) = raised.value.mistakes
    assert line.startswith(f"--host 127.0.0.1 --port {port}: ")
    assert "in use" in line


async def test_a_port_that_does_not_exist_refuses_the_start() -> None:
    with pytest.raises(ConfigurationError, match="--port 70000"):
        await serving(asyncio.Event(), 70_000)
