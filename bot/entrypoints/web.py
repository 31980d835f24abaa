"""The web process: hears Slack (by HTTP, and by socket if there is an app token), and whoever
else has an address here.
"""

from __future__ import annotations

import asyncio
import logging
import socket as socketlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from slack_sdk.web.async_client import AsyncWebClient
from starlette.routing import Route

from bot.entrypoints.http import build_http
from bot.entrypoints.intake import Intake
from bot.entrypoints.slack import Socket, build_bolt
from bot.errors import ConfigurationError

log = logging.getLogger("filmops.web")


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: the process has its own, for all its parts."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


async def serve(
    taking: Intake,
    *,
    client: AsyncWebClient,
    bot_token: str,
    app_token: str | None,
    signing_secret: str | None,
    team: str,
    bot_user: str,
    proxy: str | None,
    routes: Sequence[Route],
    host: str,
    port: int,
    stop: asyncio.Event,
) -> None:
    """Until `stop`. What was taken is in the inbox: nothing is left to be ended here.

    Raises ConfigurationError for an address that cannot be listened on.
    """
    bolt = build_bolt(
        client,
        taking,
        bot_token=bot_token,
        signing_secret=signing_secret,
        team=team,
        bot_user=bot_user,
    )
    http = build_http(bolt, signing_secret=signing_secret, routes=routes)
    config = uvicorn.Config(http, host=host, port=port, log_config=None, access_log=False)
    server = Server(config)
    listening = _listening(host, port)
    socket = Socket(bolt, app_token, proxy=proxy) if app_token else None
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server.serve(sockets=[listening]))
        connecting = group.create_task(_connect(socket))
        log.info("listening on http://%s:%d%s", host, port, " and by socket" if socket else "")
        await stop.wait()
        connecting.cancel()
        if socket is not None:
            await socket.stop()
        server.should_exit = True
        await serving


def _listening(host: str, port: int) -> socketlib.socket:
    """Bound here: uvicorn would end the process from inside the loop, with a traceback."""
    if not 0 <= port <= 65_535:
        raise ConfigurationError([f"--port {port}: ports go from 0 to 65535"])
    family = socketlib.AF_INET6 if ":" in host else socketlib.AF_INET
    try:
        return socketlib.create_server((host, port), family=family)
    except OSError as error:
        raise ConfigurationError([f"--host {host} --port {port}: {error}"]) from error


async def _connect(socket: Socket | None) -> None:
    """slack_sdk tries until Slack is there; HTTP is served meanwhile."""
    if socket is not None:
        await socket.start()
