"""`python -m sandbox.slack`: the workspace as a process, until SIGTERM or SIGINT.

Before: the sandbox's supervisor, a test or a person. After: `app`; the address is announced in a
file once connections are accepted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from bot.topology import load
from sandbox.slack.app import SCOPES, build_app, build_world
from sandbox.slack.http_delivery import HttpDelivery
from sandbox.slack.values import TEAM_ID
from sandbox.slack.world import World

HOST = "127.0.0.1"
SHUTDOWN_SECONDS = 0.2  # the page's waiting requests are not worth waiting for


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop."""
    options = _parser().parse_args(arguments)
    asyncio.run(serve(options))
    return 0


async def serve(options: argparse.Namespace) -> None:
    """Bind, announce, wait for the signal, close."""
    url = options.events_url
    world = build_world(
        load(options.topology),
        http=HttpDelivery(url, options.signing_secret) if url else None,
        limits=options.limits == "on",
        ack_seconds=options.ack_seconds,
        retry_waits=tuple(float(part) for part in options.retry_waits.split(",") if part),
        scopes=SCOPES | frozenset(options.scope),
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    runner = web.AppRunner(build_app(world), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    site = web.TCPSite(runner, HOST, options.port)
    await site.start()
    host, port = runner.addresses[0][:2]
    world.url = f"http://{host}:{port}"
    announce(world, options.announce)
    await stop.wait()
    await world.dispatcher.close()
    await world.sockets.disconnect("link_disabled", abrupt=True)
    await runner.cleanup()


def announce(world: World, path: Path | None) -> None:
    """Say where it is; the file appears whole or not at all."""
    data = {
        "url": world.url,
        "api": f"{world.url}/api/",
        "page": f"{world.url}/",
        "pid": os.getpid(),
        "team_id": TEAM_ID,
    }
    print(f"Slack: {data['page']}", flush=True)
    if path is None:
        return
    part = path.with_suffix(".part")
    part.write_text(json.dumps(data), encoding="utf-8")
    part.replace(path)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.slack", description=__doc__)
    parser.add_argument("--topology", type=Path, default=Path("filmops.toml"))
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--announce", type=Path, help="file that receives the addresses")
    parser.add_argument("--events-url", help="where payloads go while no socket is connected")
    parser.add_argument("--signing-secret", default="sandbox-secret")
    parser.add_argument("--limits", choices=("on", "off"), default="on", help="rate limits")
    parser.add_argument("--ack-seconds", type=float, default=3.0)
    parser.add_argument("--retry-waits", default="0,60,300", help="seconds before each retry")
    parser.add_argument("--scope", action="append", default=[], help="one more than the manifest's")
    return parser


if __name__ == "__main__":
    sys.exit(main())
