"""The words of the command line: which commands there are, and what each of them takes.

Before it: `bot.__main__`. After it: the module of the one command that was typed, which alone is
imported then; nothing of what the others need is.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, ArgumentTypeError, _SubParsersAction
from datetime import timedelta
from pathlib import Path

from pydantic import TypeAdapter

from bot.domain.duration import parse_duration
from bot.engine.kinds import IncidentNumber
from bot.topology import Severity

DEEDS = {
    "ack": "somebody is on it: nobody else is paged",
    "resolve": "it is over",
    "escalate": "page the next level now",
    "note": "a line in its timeline",
}
"""What is done to an incident, by whom."""


def parser() -> ArgumentParser:
    """Of all commands."""
    made = ArgumentParser(
        prog="filmops", description="The operational runbook as a Slack bot.", allow_abbrev=False
    )
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, said in (("run", "web, worker and scheduler in one process"), ("web", "hear Slack")):
        command = commands.add_parser(name, help=said)
        command.add_argument("--host", default="127.0.0.1")
        command.add_argument("--port", type=int, default=os.environ.get("PORT") or "8080")
    commands.add_parser("worker", help="carry runs, publish cards")
    commands.add_parser("scheduler", help="expiry, reminders, what was forgotten")
    commands.add_parser("migrate", help="bring the database up to this release")
    commands.add_parser("check", help="Slack, AWS, PagerDuty, database, topology: a line each")
    _incident(commands)
    _simulate(commands)
    _iam_policy(commands)
    audit = commands.add_parser("audit", help="the audit log")
    audit.add_argument("audit", choices=("verify", "export"))
    shown = commands.add_parser("manifest", help="the Slack app's manifest")
    shown.add_argument("--http", metavar="URL", help="the variant without Socket Mode")
    commands.add_parser("sandbox", help="the whole world on this machine", add_help=False)
    return made


def _incident(commands: _SubParsersAction[ArgumentParser]) -> None:
    """The command line's `incident`, with its own commands."""
    incident = commands.add_parser("incident", help="incidents, when Slack is away")
    verbs = incident.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("list", help="what is not resolved")
    shown = verbs.add_parser("show", help="one incident with its timeline")
    shown.add_argument("incident", type=_number)
    for verb, said in DEEDS.items():
        deed = verbs.add_parser(verb, help=said)
        deed.add_argument("incident", type=_number)
        if verb == "note":
            deed.add_argument("text", nargs="+")
        deed.add_argument("--by", required=True, help="key, e-mail or Slack id in filmops.toml")


def _simulate(commands: _SubParsersAction[ArgumentParser]) -> None:
    """The command line's `simulate`."""
    parser = commands.add_parser("simulate", help="who would be paged when, if an alert came")
    parser.add_argument("--at", default="", help="15:30, +20m, 2026-11-24T15:30Z; else now")
    parser.add_argument(
        "--severity",
        type=lambda word: word.upper(),
        default=Severity.P1,
        choices=[str(severity) for severity in Severity],
    )
    parser.add_argument("--ack", type=_length, metavar="20m", help="somebody answers after that")


def _iam_policy(commands: _SubParsersAction[ArgumentParser]) -> None:
    """The command line's `iam-policy`."""
    parser = commands.add_parser("iam-policy", help="the IAM policy the bot needs, as JSON")
    parser.add_argument("--operation", metavar="NAME", help="for this operation alone")
    parser.add_argument("--account", metavar="ID", default="*", help="twelve digits, for the ARNs")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write it there instead")


def _number(word: str) -> int:
    """Raises ValueError, which argparse turns into the usage."""
    number: int = TypeAdapter(IncidentNumber).validate_python(word)
    return number


def _length(word: str) -> timedelta:
    try:
        return parse_duration(word)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
