"""`python -m tests.chaos.dying_worker ORDER`: a real process of the bot that does not live long.

It is `python -m bot COMMAND`; an order (JSON) with `at` wraps the ports its runs are carried by, or
a scheduler's (tests.chaos.tap), and sends it a signal at that place, and one with `record` writes
down the places it comes by. Started by tests.chaos.nursery, from a mould.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot import __main__ as command_line
from bot.app import Application
from bot.engine.launch import Launcher
from bot.engine.runs import Runner
from bot.engine.step import Outcome, StepCode, Work
from bot.engine.world import World
from bot.entrypoints.logging import configure
from bot.errors import OperationFailed
from bot.processes import scheduler, worker
from bot.settings import load_settings
from bot.topology import load
from handlers import OPERATIONS
from tests.chaos.haste import hurry, without_net
from tests.chaos.tap import Tap, tapped
from tests.chaos.wrong_clock import put_wrong
from tests.waits import put_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One life, its host's clock `clock` seconds ahead. See `_steps` for what a release knows, and
    tests.waits for what is other than `as_shipped`.
    """

    command: tuple[str, ...] = ("worker",)
    at: str = ""
    signal: int = signal.SIGKILL
    record: str = ""
    release: str = ""
    unknown: tuple[str, ...] = ()
    hasty: bool = False
    as_shipped: bool = False
    clock: float = 0.0


def main(line: str) -> int:
    """Live as ordered."""
    order = Order(**json.loads(line))
    if not order.as_shipped:
        put_in()
    if order.hasty:
        hurry()
    if order.clock:
        put_wrong(order.clock)
        without_net()
    return _live(order)


def _live(order: Order) -> int:
    if not (order.at or order.record or order.release or order.unknown):
        return command_line.main(order.command)
    settings = load_settings(os.environ)
    topology = load(settings.filmops_config)
    configure(level="info", fmt="text", secrets=settings.secrets())

    async def process(app: Application, stop: asyncio.Event) -> None:
        world = _world(app, order)
        if order.command[0] == "scheduler":
            await scheduler(replace(app, world=world), stop)
        else:
            operations = {operation.name: operation for operation in OPERATIONS}
            app.jobs.attach(Launcher(world, operations).launch, Runner(world, _steps(order)).carry)
            await worker(app, stop)

    return command_line._serve(order.command[0], process, settings, topology)


def _world(app: Application, order: Order) -> World:
    """The application's, its ports tapped: those of a worker's runs, or of all a scheduler does."""

    def happen(place: str) -> None:
        if order.record:
            with Path(order.record).open("a", encoding="utf-8") as file:
                file.write(place + "\n")
        if place == order.at:
            sys.stdout.write(f"{place}: signal {order.signal}\n")
            sys.stdout.flush()
            os.kill(os.getpid(), order.signal)
            # A stop takes hold of a process's threads a moment after the call: without this the
            # one that called would be a few lines further on, past the place it is named for.
            time.sleep(0.2)

    world = tapped(app.world, Tap(happen))
    return replace(world, release=order.release or world.release)


def _steps(order: Order) -> Mapping[str, StepCode]:
    """What this release knows: all of today's but `unknown`, and in a later one more around them.

    The new ones must never be asked for: the journal of a run that began earlier has none.
    """
    steps = {name: code for op in OPERATIONS for name, code in op.steps.items()}
    if order.release:
        names = [f"{name}.{word}" for name in steps for word in ("prepare", "v2")]
        steps |= dict.fromkeys(names, StepCode(act=_unplanned, done=_unplanned_look))
    return {name: code for name, code in steps.items() if name not in order.unknown}


async def _unplanned(work: Work) -> Outcome:
    raise OperationFailed(f"A step of another release was begun: {work.args}")


async def _unplanned_look(work: Work) -> None:
    raise OperationFailed(f"A step of another release was looked at: {work.args}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
