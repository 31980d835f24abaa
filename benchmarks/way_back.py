"""How long it takes from a release's deciding minute to all traffic back: fifteen seconds at most.

Measured with the real adapters, plant, PostgreSQL and worker (tests/chaos): a release fails with
all the traffic, and its watch turns the run round. The bot's own time runs from the instant the
minute that decides may be judged (closed, and `lag_seconds` old, when the plant begins to tell of
it) to the last route read back on the old colour, by the journal. What comes before is told apart:
the window, which is the runbook's minutes in a row, and CloudWatch's lag.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.domain.run import Run, Step
from bot.domain.verdict import closed, judged_at
from bot.domain.watch import fired, history_of
from bot.topology import Colour
from tests.chaos.kills import WAY_BACK, begin
from tests.chaos.scene import Scene, opened
from tests.chaos.stage import Stage

PROMISED = 15.0
PERIOD, LAG, TRIGGER = 10, 15, 3
"""Seconds of a closed "minute", seconds until CloudWatch tells of one, how many must be bad: the
shape is the shipped one's, six times faster.
"""

MINUTES = {
    "period_seconds": PERIOD,
    "lag_seconds": LAG,
    "trigger_minutes": TRIGGER,
    "watch_minutes": TRIGGER + 2,
    "monitor_minutes": TRIGGER + 3,
    "give_up_seconds": 600,
}
AT_A_TIME = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """One time, in seconds: from the switch to the close of the deciding minute, from where it may
    be judged to the turn, and to the last route.
    """

    window: float
    turned: float
    own: float


def measure(repetitions: int) -> list[str]:
    """Measure and print; what was promised and not kept."""
    with (
        tempfile.TemporaryDirectory(prefix="way-back-") as folder,
        opened(Path(folder), as_shipped=True, **MINUTES) as scene,
    ):
        times = asyncio.run(_measure(scene, repetitions))
    own = [one.own for one in times]
    print(
        f"way back, {len(times)} times, {AT_A_TIME} at a time: the bot's own time median "
        f"{statistics.median(own):.1f} s, worst {max(own):.1f} s, of which "
        f"{statistics.median(one.turned for one in times):.1f} s to the turn; promised "
        f"{PROMISED:g} s. Before it, apart: window {statistics.median(w.window for w in times):.0f}"
        f" s ({TRIGGER} bad periods of {PERIOD} s, and the one it began in), lag {LAG} s; load "
        f"{os.getloadavg()[0]:.1f}"
    )
    if max(own) > PROMISED:
        return [f"{max(own):.1f} s to traffic back: {PROMISED:g} s are promised"]
    return []


async def _measure(scene: Scene, repetitions: int) -> Sequence[Back]:
    await scene.tell("aws", "metrics", lag=float(LAG))
    gate = asyncio.Semaphore(AT_A_TIME)

    async def once() -> Back:
        async with gate, scene.stage() as stage:
            return await _once(stage)

    return await asyncio.gather(*(once() for _ in range(repetitions)))


async def _once(stage: Stage) -> Back:
    await begin(stage, WAY_BACK)
    worker = await stage.worker()
    await worker.up()
    await stage.approve()
    run = await stage.until(WAY_BACK.ends, seconds=10 * PERIOD + LAG + 60)
    if await worker.stop():
        raise SystemExit(worker.said())
    available = await _available(stage, _ended(run, "deploy.watch"))
    moved, back = _last(run, "deploy.traffic"), _last(run, "deploy.back")
    turned = _last(run, "deploy.watch")
    one = Back(
        window=(available - timedelta(seconds=LAG) - moved).total_seconds(),
        turned=(turned - available).total_seconds(),
        own=(back - available).total_seconds(),
    )
    print(f"  window {one.window:4.1f} s, turned {one.turned:4.1f} s, back {one.own:4.1f} s")
    return one


async def _available(stage: Stage, watch: Step) -> datetime:
    """When the minute that decided might be judged: the first after which the trigger called."""
    topology, since, ended = stage.world.topology, watch.started_at, watch.ended_at
    if since is None or ended is None:
        raise SystemExit(f"a watch without times: {watch}")
    service = topology.services[stage.service]
    read = await stage.scene.aws.metrics.minutes(service, start=since, end=ended)
    starts = closed(since=since, now=ended, metrics=topology.metrics, limit=100)
    history = history_of(read[Colour.GREEN], starts, topology.thresholds, topology.watch)
    for number in range(len(history)):
        if fired(history[: number + 1], topology.watch) is not None:
            return judged_at(since=since, metrics=topology.metrics, number=number)
    raise SystemExit(f"nothing called for the way back: {history}")


def _ended(run: Run, name: str) -> Step:
    return next(step for step in reversed(run.steps) if step.spec.name == name)


def _last(run: Run, name: str) -> datetime:
    ended = _ended(run, name).ended_at
    if ended is None:
        raise SystemExit(f"{name} has not ended: {run.note}")
    return ended
