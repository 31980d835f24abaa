"""The command line: `filmops COMMAND` or `python -m bot COMMAND`.

Every process of production begins here, and so does what one types when Slack is away. A mistake
in settings or topology stops the start with one line each and status 2. A command imports what it
needs when it is typed: one that prints two lines must not wait for Slack's and AWS' libraries.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from bot.command_line import parser as command_line
from bot.entrypoints.logging import configure
from bot.errors import ConfigurationError, FilmOpsError
from bot.manifest import manifest
from bot.settings import Settings, load_settings, problems_with, require
from bot.topology import Topology, load

if TYPE_CHECKING:
    from bot.console import Work
    from bot.processes import Process

log = logging.getLogger("filmops")

MISTAKE = 2
"""The exit status for a start that was refused."""


def main(given: Sequence[str] | None = None) -> int:
    """Run a command; return the exit status."""
    parser = command_line()
    options, rest = parser.parse_known_args(given)
    if rest and options.command != "sandbox":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        if options.command == "sandbox":
            _sandbox(rest)
        if options.command == "manifest":
            sys.stdout.write(manifest(options.http))
            return 0
        settings = load_settings(os.environ)
        topology = load(settings.filmops_config)
        if options.command == "iam-policy":
            from bot.policy import iam_policy

            return iam_policy(options, topology)
        return _with(options, settings, topology)
    except ConfigurationError as error:
        return _refused(error)
    except FilmOpsError as error:
        print(f"filmops {options.command}: {error.advice}", file=sys.stderr)
        return 1


def _refused(error: ConfigurationError) -> int:
    sys.stderr.write("\n".join((*error.mistakes, "")))
    return MISTAKE


def _sandbox(rest: Sequence[str]) -> NoReturn:
    """Become the sandbox: its options are its own, and Ctrl-C must reach it."""
    if any(importlib.util.find_spec(name) is None for name in ("moto", "trustme")):
        raise ConfigurationError(["filmops sandbox needs the extra filmops[sandbox]"])
    os.execv(sys.executable, [sys.executable, "-m", "sandbox", *rest])  # noqa: S606


def _with(options: argparse.Namespace, settings: Settings, topology: Topology) -> int:
    configure(
        level=settings.filmops_log_level,
        fmt=settings.filmops_log_format,
        secrets=settings.secrets(),
    )
    match options.command:
        case "check":
            from bot.checkup import check

            return asyncio.run(check(settings, topology))
        case "migrate" | "audit":
            return _on_database(settings, _on_console(options))
        case "simulate":
            from bot.simulate import simulate

            return asyncio.run(simulate(options, settings, topology))
        case "incident":
            from bot.breakglass import incidents

            return _on_database(settings, incidents(options, settings, topology))
        case _:
            return _started(options, settings, topology)


def _on_console(options: argparse.Namespace) -> Work:
    from bot import console

    if options.command == "migrate":
        return console.migrated
    return console.verified if options.audit == "verify" else console.exported


def _started(options: argparse.Namespace, settings: Settings, topology: Topology) -> int:
    require(settings, options.command)
    mistakes = problems_with(settings, topology)
    if mistakes:
        raise ConfigurationError(mistakes)
    return _serve(options.command, _process(options), settings, topology)


def _process(options: argparse.Namespace) -> Process:
    from bot.processes import everything, scheduler, web, worker

    match options.command:
        case "web":
            return web(options.host, options.port)
        case "worker":
            return worker
        case "scheduler":
            return scheduler
        case _:
            return everything(options.host, options.port)


def _serve(name: str, process: Process, settings: Settings, topology: Topology) -> int:
    from bot.app import opened
    from bot.database import database

    dsn, server = database(settings)

    async def until_stopped() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with opened(settings, topology, dsn, name) as app:
            log.info("filmops %s %s is up", name, app.world.release)
            await process(app, stop)
        log.info("filmops %s has stopped", name)

    try:
        _unwrapped(until_stopped)
    finally:
        if server is not None:
            server.stop()
    return 0


def _unwrapped(process: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run it; a refused start comes out of the task groups as itself."""
    try:
        asyncio.run(process())
    except* ConfigurationError as group:
        raise ConfigurationError(_mistakes(group)) from None


def _mistakes(group: BaseExceptionGroup[ConfigurationError]) -> list[str]:
    mistakes: list[str] = []
    for error in group.exceptions:
        mistakes += error.mistakes if isinstance(error, ConfigurationError) else _mistakes(error)
    return mistakes


def _on_database(settings: Settings, work: Work) -> int:
    from bot.database import database

    dsn, server = database(settings)
    try:
        return asyncio.run(work(dsn))
    finally:
        if server is not None:
            server.stop()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
