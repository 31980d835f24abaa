"""`make sandbox`: the whole world with the bot in the middle, until Ctrl-C.

Starts Slack, PagerDuty, AWS and GitHub (`sandbox.world`), then the bot's processes as in production
(`sandbox.bot`), says where to look, and stops everything in order. The bot cannot tell it from
the real world, except by its addresses.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from sandbox.banner import banner, farewell
from sandbox.bot import MIGRATE, BotProcesses, production
from sandbox.environment import left_outside
from sandbox.health import answers
from sandbox.processes import ProcessFailed
from sandbox.world import CHECKOUT, PARTS, World

TICK = 0.2
READY_SECONDS = 30.0

NEXT_RELEASE = "v1.4.3"
"""What a person may deploy in the sandbox: pushed ten minutes ago, and in staging since."""


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="filmops sandbox", description=__doc__)
    parser.add_argument("--topology", type=Path, default=CHECKOUT / "filmops.toml")
    parser.add_argument("--port", type=int, default=0, help="of the Slack page; 0: any free one")
    parser.add_argument("--keep", action="store_true", help="keep logs and data afterwards")
    for part in ("slack", "pagerduty", "aws", "github"):
        parser.add_argument(f"--{part}-args", type=shlex.split, default=[], help=argparse.SUPPRESS)
    parser.add_argument("--parts", type=lambda text: text.split(","), help=argparse.SUPPRESS)
    parser.add_argument("--bot", action="append", metavar="NAME=COMMAND", help=argparse.SUPPRESS)
    return parser.parse_args(given)


class Stopped(Exception):
    """Somebody asked us to end."""


class Supervisor:
    """Start, watch, stop. Signals only set an event, so that nothing is stopped half-started."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._stop = threading.Event()
        self._voice = threading.Lock()

    def run(self) -> int:
        """Everything; return the exit status."""
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, self._asked)
        world = self._world()
        self._say(f"Starting {', '.join(self._options.parts or PARTS)} …")
        try:
            world.open()
        except ProcessFailed as error:
            self._say(f"The sandbox could not start: {error}")
            return 1
        status = 0
        try:
            self._live(world)
        except Stopped:
            pass
        except ProcessFailed as error:
            self._say(f"The sandbox stopped: {error}")
            status = 1
        self._say("Stopping …")
        left = world.close()
        self._say(farewell(left, world.directory if self._options.keep else None))
        return 1 if left else status

    def _world(self) -> World:
        options = self._options
        slack = [*(["--port", str(options.port)] if options.port else []), *options.slack_args]
        return World(
            topology=options.topology,
            parts=options.parts or PARTS,
            slack_args=slack,
            pagerduty_args=options.pagerduty_args,
            aws_args=["--next-release", NEXT_RELEASE, "--real-migrations", *options.aws_args],
            github_args=options.github_args,
            keep=options.keep,
        )

    def _live(self, world: World) -> None:
        commands = production(world.web_port)
        if self._options.bot is not None:
            pairs = [line.partition("=") for line in self._options.bot]
            commands = {name: shlex.split(command) for name, _, command in pairs}
        bot = BotProcesses(
            world.crew, world.environment, commands, log=world.logs / "bot.log", say=self._say
        )
        status = 0
        if self._options.bot is None:
            status = bot.once("migrate", MIGRATE, given_up=self._stop.is_set)
        if self._stop.is_set():
            raise Stopped
        if status:
            log = world.logs / "bot.log"
            tail = "\n".join(log.read_text(encoding="utf-8").splitlines()[-15:])
            raise ProcessFailed(f"`bot migrate` ended with {status}\n{tail}")
        bot.start()
        self._until_ready(world, bot)
        outside = left_outside(os.environ)
        self._say(banner(world, outside))
        self._watch(world, bot)

    def _until_ready(self, world: World, bot: BotProcesses) -> None:
        if self._options.bot is not None:
            return
        health = f"http://127.0.0.1:{world.web_port}/healthz"
        for _ in range(int(READY_SECONDS / TICK)):
            self._tick(world, bot)
            if answers(health):
                return
        self._say(f"The bot is not healthy after {READY_SECONDS:g} s: see {world.logs}/bot.log")

    def _watch(self, world: World, bot: BotProcesses) -> None:
        while True:
            self._tick(world, bot)

    def _tick(self, world: World, bot: BotProcesses) -> None:
        if self._stop.wait(TICK):
            raise Stopped
        bot.tick()
        for part, child in world.children.items():
            if not child.alive():
                raise ProcessFailed(f"the local {part} has died\n{child.tail()}")

    def _asked(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def _say(self, text: str) -> None:
        # A closed terminal (SIGHUP) must not stop the stopping.
        with self._voice, contextlib.suppress(OSError, ValueError):
            print(text, flush=True)


def main() -> int:
    """The command."""
    return Supervisor(arguments()).run()


if __name__ == "__main__":
    sys.exit(main())
