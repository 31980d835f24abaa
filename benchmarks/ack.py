"""How long Slack waits for the acknowledgement of a command, with everything else running.

The whole sandbox is started (AWS plant, PagerDuty, Slack, web, two workers, scheduler); then
commands arrive at a fixed rate, whatever the answers do (open loop: a slow answer does not slow
the next question). Measured is what Slack's three seconds are about: from sending the payload
to holding the acknowledgement. Both transports are measured in one run on one machine.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import os
import platform
import random
import statistics
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx

from sandbox.bot import MIGRATE, production
from sandbox.world import World

MIX = (
    "help",
    "status backend",
    "operations",
    "why rollback backend",
    "rollback backend it is bad",
    "show R1",
    "help rollback",
    "statsu",
)
PEOPLE = ("U0ANA", "U0BEN", "U0CHLOE", "U0DANA")
Send = Callable[[httpx.AsyncClient, str, str, int], Coroutine[Any, Any, float]]


def main(given: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=50.0, help="commands a second")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the logs")
    options = parser.parse_args(given)
    print(
        f"repeat: python -m benchmarks.ack --rate {options.rate:g} --seconds {options.seconds:g} "
        f"--seed {options.seed}\n{platform.platform()}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at start"
    )
    with World(slack_args=["--limits", "off"], keep=options.keep) as world:
        migrating = world.crew.start("migrate", MIGRATE, world.environment)
        migrating.process.wait(60)
        for name, command in production(world.web_port).items():
            world.crew.start(name, command, world.environment)
        asyncio.run(_measure(world, options))


async def _measure(world: World, options: argparse.Namespace) -> None:
    slack, web = world.url("slack"), f"http://127.0.0.1:{world.web_port}"
    limits = httpx.Limits(max_connections=400, max_keepalive_connections=200)
    async with httpx.AsyncClient(timeout=30, limits=limits, trust_env=False) as client:
        await _ready(client, slack, web)
        for title, send in (
            ("Socket Mode", _by_socket(slack)),
            ("signed HTTP", _by_http(web, slack)),
        ):
            await _warm(client, send)
            taken = await _offered(client, send, options)
            _print(title, taken, options)


async def _ready(client: httpx.AsyncClient, slack: str, web: str) -> None:
    for _ in range(300):
        try:
            sockets = (await client.get(f"{slack}/_control/sockets")).json()
            if (await client.get(f"{web}/healthz")).status_code == 200 and sockets["connected"]:
                return
        except (httpx.HTTPError, KeyError):
            pass
        await asyncio.sleep(0.1)
    raise SystemExit("the sandbox did not come up")


async def _warm(client: httpx.AsyncClient, send: Send) -> None:
    for number, text in enumerate(MIX):
        await send(client, PEOPLE[0], text, -number - 1)
    await asyncio.sleep(3)


async def _offered(
    client: httpx.AsyncClient, send: Send, options: argparse.Namespace
) -> list[float]:
    chance = random.Random(options.seed)
    count = int(options.rate * options.seconds)
    start = time.perf_counter()
    tasks: list[asyncio.Task[float]] = []
    for number in range(count):
        await asyncio.sleep(max(0.0, start + number / options.rate - time.perf_counter()))
        text, user = chance.choice(MIX), chance.choice(PEOPLE)
        tasks.append(asyncio.create_task(send(client, user, text, number)))
    return await asyncio.gather(*tasks)


def _by_socket(slack: str) -> Send:
    async def send(client: httpx.AsyncClient, user: str, text: str, number: int) -> float:
        del number
        body = {"user": user, "channel": "ops-alerts", "text": f"/filmops {text}"}
        answer = (await client.post(f"{slack}/_control/act/command", json=body)).json()
        return float(answer["ack_ms"]) if answer["acked"] else float("inf")

    return send


def _by_http(web: str, slack: str) -> Send:
    async def send(client: httpx.AsyncClient, user: str, text: str, number: int) -> float:
        body = urlencode(
            {
                "command": "/filmops",
                "text": text,
                "user_id": user,
                "team_id": "T0SANDBOX",
                "channel_id": "C0OPSALERTS",
                "trigger_id": f"bench-{time.time_ns()}-{number}",
                "response_url": f"{slack}/commands/gone",
            }
        ).encode()
        stamp = str(int(time.time()))
        base = b"v0:" + stamp.encode() + b":" + body
        signed = hmac.new(b"sandbox-secret", base, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signed}",
        }
        begun = time.perf_counter()
        answer = await client.post(f"{web}/slack/events", content=body, headers=headers)
        taken = (time.perf_counter() - begun) * 1000
        return taken if answer.status_code == 200 else float("inf")

    return send


def _print(title: str, taken: list[float], options: argparse.Namespace) -> None:
    lost = sum(1 for value in taken if value == float("inf"))
    ordered = sorted(taken)
    cuts = {p: ordered[min(len(ordered) - 1, int(len(ordered) * p / 100))] for p in (50, 95, 99)}
    print(
        f"{title:12} {len(taken)} commands at {options.rate:g}/s: "
        + ", ".join(f"p{p} {value:.1f} ms" for p, value in cuts.items())
        + f", max {ordered[-1]:.1f} ms, mean {statistics.fmean(ordered):.1f} ms, "
        f"{lost} not acknowledged; load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
