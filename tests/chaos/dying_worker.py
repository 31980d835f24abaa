"""`python -m tests.chaos.dying_worker`: real processes of the bot that do not live long.

A test writes one JSON order a line to its input (tests.chaos.nursery); for each it forks, which
spares every worker the second that imports take, and says on its output who was born and who
ended how. A child is `python -m bot COMMAND` in all but the import; an order with `at` wraps
the ports its runs are carried by, or a scheduler's (tests.chaos.tap), and sends the child a
signal at that place, and one with `record` writes down the places it comes by. When the input
ends, all are killed.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session

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

LOOK_SECONDS = 0.02
LATER = ("httpcore", "httpcore2", "truststore", "procrastinate.builtin_tasks", "encodings.idna")
"""What a process imports only when it first speaks to somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One child, its host's clock `clock` seconds ahead. See `_steps` for what a release knows, and
    `_spare` for one that is to `deploy`.
    """

    number: int
    environment: Mapping[str, str]
    log: str
    command: tuple[str, ...] = ("worker",)
    at: str = ""
    signal: int = signal.SIGKILL
    record: str = ""
    release: str = ""
    unknown: tuple[str, ...] = ()
    hasty: bool = False
    deploy: bool = False
    clock: float = 0.0


def main() -> None:
    """Obey orders until there are no more."""
    for name in LATER:
        importlib.import_module(name)
    gc.freeze()
    born: dict[int, int] = {}
    left = b""
    while True:
        readable, _, _ = select.select([0], [], [], LOOK_SECONDS)
        if readable:
            read = os.read(0, 1 << 16)
            if not read:
                break
            *lines, left = (left + read).split(b"\n")
            for line in lines:
                order = Order(**json.loads(line))
                born[_fork(order)] = order.number
        _bury(born)
    for pid in born:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _say(**word: Any) -> None:
    sys.stdout.write(json.dumps(word) + "\n")
    sys.stdout.flush()


def _bury(born: dict[int, int]) -> None:
    while born:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        _say(number=born.pop(pid), ended=os.waitstatus_to_exitcode(status))


def _fork(order: Order) -> int:
    if order.deploy:
        _spare()
    pid = os.fork()
    if pid:
        _say(number=order.number, born=pid)
        return pid
    status = 70
    try:
        _outfit(order)
        status = _live(order)
    except BaseException:  # noqa: BLE001 - the edge of a process: it must not live on as its parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # Not sys.exit: what the parent would do at its end is not ours to do.
        os._exit(status)


@cache
def _spare() -> None:
    """What each child that deploys would need two seconds for: matplotlib, and AWS' models."""
    importlib.import_module("bot.adapters.charts_figure")
    botocore.session.create_loader = cache(botocore.session.create_loader)
    session = botocore.session.Session()
    for service in ("ecs", "ecr", "elbv2", "cloudwatch", "ec2", "logs", "rds"):
        session.create_client(service, region_name="us-east-1")


def _outfit(order: Order) -> None:
    """Its own environment, log and signals, as a process that was started."""
    os.environ.clear()
    os.environ.update(order.environment)
    log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, log), (2, log)):
        os.dup2(source, target)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, signal.SIG_DFL)
    if order.hasty:
        hurry()
    if order.clock:
        put_wrong(order.clock)
        without_net()


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
    main()
