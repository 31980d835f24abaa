"""The command line: `filmops COMMAND` or `python -m bot COMMAND`.

Every process of production begins here, and so does what one types when Slack is away. A mistake
in settings or topology stops the start with one line each and status 2.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from bot import breakglass, console
from bot.app import database, opened
from bot.entrypoints.logging import configure
from bot.errors import ConfigurationError, FilmOpsError
from bot.manifest import manifest
from bot.policy import add_parser as add_policy
from bot.policy import iam_policy
from bot.processes import Process, everything, scheduler, web, worker
from bot.settings import Settings, load_settings, problems_with, require
from bot.simulate import add_parser as add_simulate
from bot.simulate import simulate
from bot.topology import Topology, load

log = logging.getLogger("filmops")

MISTAKE = 2
"""The exit status for a start that was refused."""


def main(given: Sequence[str] | None = None) -> int:
    """Run a command; return the exit status."""
    parser = _parser()
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
            return iam_policy(options, topology)
        return _with(options, settings, topology)
    except ConfigurationError as error:
        return _refused(error)
    except FilmOpsError as error:
        print(f"filmops {options.command}: {error.message} {error.hint}".rstrip(), file=sys.stderr)
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
            return asyncio.run(console.check(settings, topology))
        case "migrate":
            return _on_database(settings, console.migrated)
        case "audit":
            work = console.verified if options.audit == "verify" else console.exported
            return _on_database(settings, work)
        case "simulate":
            return asyncio.run(simulate(options, settings, topology))
        case "incident":
            return _on_database(settings, breakglass.incidents(options, settings, topology))
        case _:
            return _started(options, settings, topology)


def _started(options: argparse.Namespace, settings: Settings, topology: Topology) -> int:
    require(settings, options.command)
    mistakes = problems_with(settings, topology)
    if mistakes:
        raise ConfigurationError(mistakes)
    return _serve(options.command, _process(options), settings, topology)


def _process(options: argparse.Namespace) -> Process:
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


def _unwrapped(process: console.Start) -> None:
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


def _on_database(settings: Settings, work: console.Work) -> int:
    dsn, server = database(settings)
    try:
        return asyncio.run(work(dsn))
    finally:
        if server is not None:
            server.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="filmops", description="The operational runbook as a Slack bot.", allow_abbrev=False
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, said in (("run", "web, worker and scheduler in one process"), ("web", "hear Slack")):
        command = commands.add_parser(name, help=said)
        command.add_argument("--host", default="127.0.0.1")
        command.add_argument("--port", type=int, default=os.environ.get("PORT") or "8080")
    commands.add_parser("worker", help="carry runs, publish cards")
    commands.add_parser("scheduler", help="expiry, reminders, what was forgotten")
    commands.add_parser("migrate", help="bring the database up to this release")
    commands.add_parser("check", help="Slack, AWS, PagerDuty, database, topology: a line each")
    breakglass.add_parser(commands)
    add_simulate(commands)
    add_policy(commands)
    audit = commands.add_parser("audit", help="the audit log")
    audit.add_argument("audit", choices=("verify", "export"))
    shown = commands.add_parser("manifest", help="the Slack app's manifest")
    shown.add_argument("--http", metavar="URL", help="the variant without Socket Mode")
    commands.add_parser("sandbox", help="the whole world on this machine", add_help=False)
    return parser


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
