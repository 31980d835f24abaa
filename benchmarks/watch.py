"""What it costs to watch production, and how soon traffic is back (benchmarks/way_back.py).

On the real adapter against the sandbox's AWS plant.

The patrol's promise: twenty services cost at most 5 % of a core and one GetMetricData per 500
metrics and minute. A round is timed by this process' CPU seconds, all its threads included; the
plant is another process, and the store is the twin in memory. One of the services is bad all the
time, so its weights are read in every round. It fails beyond the promise.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from benchmarks import way_back
from bot.adapters.aws import AwsClients, build_aws
from bot.adapters.memory.clock import MemoryClock
from bot.domain.patrolled import watched_services
from bot.engine.dispatch import Dispatch
from bot.engine.patrol import patrol
from bot.topology import load
from sandbox.world import CHECKOUT, World
from tests.stage import Stage

PROMISED_SHARE = 0.05
"""Of a core."""

METRICS_OF_A_SERVICE, METRICS_A_CALL = 18, 500
WARM_ROUNDS = 3
"""Connections are opened, names are found and the rollback is asked for in the first ones."""

ONE_MORE = """
[services.{name}]
title = "Service {name}"
cluster = "prod"
load_balancer = "{name}-alb"
url = "https://{name}.example.com"
[services.{name}.colours.blue]
ecs_service = "{name}-blue"
target_group = "{name}-blue"
[services.{name}.colours.green]
ecs_service = "{name}-green"
target_group = "{name}-green"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of each round: CPU seconds of this process, seconds on the wall, and GetMetricData calls."""

    cpu: Sequence[float]
    wall: Sequence[float]
    calls: int
    services: int


def main(given: Sequence[str] | None = None) -> None:
    """Measure and print; exit status 1 when a promise did not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=20, help="of the patrol")
    parser.add_argument("--ways-back", type=int, default=6, help="deployments that turn round")
    options = parser.parse_args(given)
    print(
        f"repeat: python -m benchmarks.watch --services {options.services} "
        f"--rounds {options.rounds} --ways-back {options.ways_back}\n{platform.platform()}, "
        f"Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f} at start"
    )
    broken = _patrols(options.services, options.rounds)
    if options.ways_back:
        broken += way_back.measure(options.ways_back)
    if broken:
        raise SystemExit("; ".join(broken))


def _patrols(services: int, rounds: int) -> list[str]:
    """The patrol's half; what it promised and did not keep."""
    with tempfile.TemporaryDirectory() as folder:
        topology = Path(folder) / "filmops.toml"
        shipped = (CHECKOUT / "filmops.toml").read_text(encoding="utf-8")
        more = "".join(ONE_MORE.format(name=f"s{number:02}") for number in range(1, services))
        topology.write_text(shipped + more, encoding="utf-8")
        past = ["--seed-minutes", str(rounds + WARM_ROUNDS + 20)]
        with World(topology=topology, parts=("aws",), aws_args=past) as world:
            os.environ.update(world.environment)
            cost = asyncio.run(_rounds(world, rounds))
    period = 60.0
    share = statistics.fmean(cost.cpu) / period
    wanted = math.ceil(cost.services * METRICS_OF_A_SERVICE / METRICS_A_CALL)
    calls = cost.calls / rounds
    print(
        f"patrol of {cost.services} services, {rounds} rounds: {share:.2%} of a core "
        f"({statistics.fmean(cost.cpu) * 1000:.0f} ms of CPU a minute, at most "
        f"{max(cost.cpu) * 1000:.0f}; {statistics.median(cost.wall) * 1000:.0f} ms on the wall), "
        f"{calls:g} GetMetricData a round; load {os.getloadavg()[0]:.1f}"
    )
    broken = []
    if share > PROMISED_SHARE:
        broken.append(f"{share:.1%} of a core: {PROMISED_SHARE:.0%} are promised")
    if calls > wanted:
        broken.append(f"{calls:g} GetMetricData a round: {wanted} are promised")
    return broken


async def _rounds(world: World, rounds: int) -> Cost:
    topology = load(world.topology)
    clients = AwsClients(topology)
    stage = Stage(topology=topology)
    # The plant's past is walked through, a minute a round.
    begin = datetime.now(UTC) - timedelta(minutes=rounds + WARM_ROUNDS)
    clock = MemoryClock(begin)
    there = replace(stage.world, clock=clock, aws=build_aws(topology, clients=clients))
    dispatch = Dispatch(there, stage.operations)
    cpu: list[float] = []
    wall: list[float] = []
    before = 0
    try:
        for number in range(WARM_ROUNDS + rounds):
            if number == WARM_ROUNDS:
                before = await _asked(world)
            used, begun = time.process_time(), time.perf_counter()
            await patrol(there, dispatch)
            cpu.append(time.process_time() - used)
            wall.append(time.perf_counter() - begun)
            clock.advance(60)
        calls = await _asked(world) - before
    finally:
        clients.close()
    services = watched_services(topology, busy=(), locks=())
    return Cost(cpu=cpu[WARM_ROUNDS:], wall=wall[WARM_ROUNDS:], calls=calls, services=len(services))


async def _asked(world: World) -> int:
    """How many GetMetricData the plant has heard."""
    async with httpx.AsyncClient(base_url=world.url("aws"), trust_env=False) as http:
        heard = (await http.get("/_control/calls", params={"action": "GetMetricData"})).json()
    return len(heard["calls"])


if __name__ == "__main__":
    main()
