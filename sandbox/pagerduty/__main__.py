"""`python -m sandbox.pagerduty`: serve until SIGTERM.

Announces `{"url", "page", "ca", "pid", "routing_keys", "token"}` once it listens.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
from pathlib import Path

from aiohttp import web

from bot.topology import load
from sandbox.pagerduty.certificates import server_context
from sandbox.pagerduty.server import Server
from sandbox.pagerduty.webhooks import Subscription


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.pagerduty")
    parser.add_argument("--topology", type=Path, default=Path("filmops.toml"))
    parser.add_argument("--port", type=int, default=0, help="https, for the bot")
    parser.add_argument("--page-port", type=int, default=0, help="http, for people and tests")
    parser.add_argument("--announce", type=Path, help="file to write the address to")
    parser.add_argument("--certificates", type=Path, required=True, help="directory for ca.pem")
    parser.add_argument("--webhook-url")
    parser.add_argument("--webhook-secret", action="append", default=[], help="may be repeated")
    parser.add_argument("--token", default="sandbox-token")
    parser.add_argument("--per-minute", type=int, default=120, help="events a key; 0: no limit")
    return parser.parse_args()


async def serve(options: argparse.Namespace) -> None:
    """Listen, announce, wait for the signal."""
    server = Server(load(options.topology), token=options.token, per_minute=options.per_minute)
    if options.webhook_url:
        secrets = tuple(options.webhook_secret) or ("sandbox-webhook-secret",)
        server.webhooks.subscriptions.append(Subscription(url=options.webhook_url, secrets=secrets))
    context, ca = server_context(options.certificates)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    runner = web.AppRunner(server.application, shutdown_timeout=1, access_log=None)
    await runner.setup()
    plain = socket.create_server(("127.0.0.1", options.page_port))
    await server.door.hang(runner, options.port, context)
    await web.SockSite(runner, plain).start()
    server.account.page = f"http://127.0.0.1:{plain.getsockname()[1]}/"
    server.account.api = f"https://127.0.0.1:{server.door.port}"
    if options.announce:
        announce(
            options.announce,
            {
                "url": server.account.api,
                "page": server.account.page,
                "ca": str(ca),
                "pid": os.getpid(),
                "routing_keys": [level.routing_key for level in server.account.levels],
                "token": options.token,
            },
        )
    await stop.wait()
    await runner.cleanup()


def announce(file: Path, said: dict[str, object]) -> None:
    """Write the announcement so that a reader sees all of it or nothing."""
    waiting = file.with_name(f".{file.name}.{os.getpid()}")
    waiting.write_text(json.dumps(said), encoding="utf-8")
    waiting.replace(file)


if __name__ == "__main__":
    asyncio.run(serve(arguments()))
