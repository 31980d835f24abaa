"""What was typed → an operation and its params, or a UserError that says how to say it.

Everything derives from the operations' declarations; nothing here knows a verb. Quotes are
honoured, also the curly ones phones type; mentions and links Slack escaped are taken apart.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from bot.engine.known import known_names
from bot.engine.naming import find, suggest
from bot.engine.operation import Operation, Params, extra
from bot.errors import UserError
from bot.topology import Topology

MOST = 2000
"""Characters of a command that are looked at: nobody types more, and a paste is a mistake."""

# Phones type curly quotes and turn two hyphens into a dash.
_CURLY = str.maketrans("\u201c\u201d\u201e\u2019\u2018", '"""\'\'', "") | {0x2014: "--"}
_ESCAPED = re.compile(r"<(?:[@#!])?([^|>]+)(?:\|([^>]*))?>")


def parse(
    text: str, operations: Mapping[str, Operation], topology: Topology, now: datetime
) -> tuple[Operation, Params]:
    """The operation named by the first words, with its params.

    No words at all means `help`. Raises UserError; its hint is the exact usage.
    """
    operation, rest = find(split(text) or ["help"], operations)
    return operation, typed(operation, _assign(operation, list(rest)), topology, now)


def split(text: str) -> list[str]:
    """Words, quotes honoured. A command with an odd quote is split at spaces."""
    if len(text) > MOST:
        raise UserError(
            f"That command is {len(text):,} characters long; {MOST:,} are the most.",
            hint="/filmops help",
        )
    plain = text.translate(_CURLY).replace("\x00", "")
    try:
        return shlex.split(plain)
    except ValueError:
        return plain.split()


def typed(
    operation: Operation, values: Mapping[str, Any], topology: Topology, now: datetime
) -> Params:
    """Values by param name, from words, a dialog or a stored request, checked and typed.

    `now` is the moment that `15:30` and `+20m` are meant at. Raises UserError for a value that
    does not fit or a name the topology does not have.
    """
    known = known_names(operation, values, topology)
    present = {"now": now, "zone": ZoneInfo(topology.studio.timezone)}
    try:
        return operation.params.model_validate(known, context=present)
    except ValidationError as error:
        raise UserError(_sentence(operation, error), hint=usage(operation)) from error


def usage(operation: Operation) -> str:
    """`/filmops rollback [SERVICE] [--to TO] [--reason REASON]`, from the declaration."""
    parts = [f"/filmops {operation.name}"]
    for name, field in operation.params.model_fields.items():
        shown = name.upper()
        if _flag(field, "option"):
            value = "" if field.annotation is bool else f" {shown.rstrip('_')}"
            shown = f"--{_typed_name(name)}{value}"
        elif _flag(field, "rest"):
            shown = f"{shown}…"
        elif _flag(field, "after"):
            shown = f"{extra(field)['after']} {shown}"
        parts.append(shown if field.is_required() else f"[{shown}]")
    return " ".join(parts)


def _assign(operation: Operation, words: list[str]) -> dict[str, Any]:
    fields = operation.params.model_fields
    named = {n: f for n, f in fields.items() if _flag(f, "option") or _flag(f, "rest")}
    options = {_typed_name(name): name for name in named}
    places = [name for name, field in fields.items() if not _flag(field, "option")]
    values: dict[str, Any] = {}
    while words:
        word = words.pop(0)
        if places and _flag(fields[places[0]], "after") and not word.startswith("--"):
            name = places.pop(0)
            if word.lower() == extra(fields[name])["after"]:
                values[name] = plain(_next(operation, word, words))
                continue
        if places and _flag(fields[places[0]], "verbatim"):
            values[places[0]] = shlex.join([word, *words])
            break
        if word.startswith("--") and len(word) > 2:
            name, value = _option(operation, word[2:], words, options)
            if name in values:
                raise UserError(f"--{_typed_name(name)} is given twice.", hint=usage(operation))
            values[name] = value
            if _flag(fields[name], "rest"):
                places = [name]
        elif not places:
            raise UserError(f"{word[:60]!r} is one word too many.", hint=usage(operation))
        elif _flag(fields[places[0]], "rest"):
            values[places[0]] = f"{values.get(places[0], '')} {word}".lstrip()
        else:
            values[places.pop(0)] = plain(word)
    return values


def _option(
    operation: Operation, word: str, words: list[str], options: Mapping[str, str]
) -> tuple[str, str]:
    given, equals, value = word.partition("=")
    name = options.get(given.lower())
    if name is None:
        close = suggest(given, options)
        raise UserError(
            f"{operation.name} has no --{given[:40]}."
            + (f" Did you mean --{close}?" if close else ""),
            hint=usage(operation),
        )
    if not equals:
        if operation.params.model_fields[name].annotation is bool:
            return name, "yes"
        value = _next(operation, f"--{given}", words)
    return name, value


def _next(operation: Operation, word: str, words: list[str]) -> str:
    """The word that has to follow another."""
    if not words:
        raise UserError(f"{word} needs a value.", hint=usage(operation))
    return words.pop(0)


def _typed_name(name: str) -> str:
    """A field's name as people type it: `plan_` is --plan, `all_flows` is --all-flows."""
    return name.rstrip("_").replace("_", "-")


def plain(word: str) -> str:
    """A word as a person meant it: `<@U1|ana>` → `U1`, `<http://a|a>` → `http://a`."""
    match = _ESCAPED.fullmatch(word)
    return match.group(1) if match else word


def _flag(field: FieldInfo, name: str) -> bool:
    return bool(extra(field).get(name))


def _sentence(operation: Operation, error: ValidationError) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0]).rstrip("_") if first["loc"] else operation.name
    if first["type"] == "missing":
        example = next(iter(operation.examples), "")
        as_in = f" For example: /filmops {example}" if example else ""
        return f"{operation.name} needs {name.upper()}.{as_in}"
    given = str(first.get("input", ""))[:60]
    message = first["msg"].removeprefix("Value error, ")
    return f"{name} {given!r} does not fit: {message[:1].lower()}{message[1:]}."
