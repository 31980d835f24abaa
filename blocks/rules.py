"""A small language for the shape of Block Kit JSON: rules that say what is wrong, and where.

Before: nothing. After: `blocks.shapes` writes Slack's reference down in it. The sentences are the
ones Slack answers in `response_metadata.messages`, so that a problem found here and one found by
Slack read alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Rule = Callable[[Any, str], Iterator[str]]
Fields = Mapping[str, Rule]


def at(words: str, path: str) -> str:
    """A problem and its place, as Slack writes it."""
    return f"{words} [json-pointer:{path}]"


def anything(_value: Any, _path: str) -> Iterator[str]:
    """Whatever it is: Slack decides, or somebody else looks at it."""
    yield from ()


def boolean(value: Any, path: str) -> Iterator[str]:
    """true or false."""
    if not isinstance(value, bool):
        yield at("must provide a boolean", path)


def string(most: int, least: int = 1) -> Rule:
    """A string of `least` to `most` characters."""

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield at("must provide a string", path)
        elif len(value) < least:
            yield at(f"must be more than {least - 1} characters", path)
        elif len(value) > most:
            yield at(f"must be less than {most + 1} characters", path)

    return check


def matching(pattern: str, words: str) -> Rule:
    """A string of the given form."""

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            yield at(words, path)

    return check


def number(least: float, most: float) -> Rule:
    """A number between the two, both included."""

    def check(value: Any, path: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield at("must provide a number", path)
        elif not least <= value <= most:
            yield at(f"must be between {least:g} and {most:g}", path)

    return check


def one_of(*words: str) -> Rule:
    """One of a few words."""

    def check(value: Any, path: str) -> Iterator[str]:
        if value not in words:
            yield at(f"must be a valid enum value: {', '.join(words)}", path)

    return check


def array(rule: Rule, least: int, most: int) -> Rule:
    """`least` to `most` items, each of which follows `rule`."""

    def check(value: Any, path: str) -> Iterator[str]:
        if isinstance(value, str) or not isinstance(value, Sequence):
            yield at("must provide an array", path)
            return
        if len(value) < least:
            yield at(f"no fewer than {least} items allowed", path)
        if len(value) > most:
            yield at(f"no more than {most} items allowed", path)
        for index, item in enumerate(value):
            yield from rule(item, f"{path}/{index}")

    return check


def shape(required: Fields, optional: Fields | None = None) -> Rule:
    """An object with these fields and no others."""
    fields = {**required, **(optional or {})}

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield at("must provide an object", path)
            return
        for name in required:
            if name not in value:
                yield at(f"missing required field: {name}", path)
        for name, item in value.items():
            if name in fields:
                yield from fields[name](item, f"{path}/{name}")
            else:
                yield at(f"invalid additional property: {name}", path)

    return check


def kinds(table: Mapping[str, Rule]) -> Rule:
    """An object whose `type` names one of the rules in `table`; the rule sees the other fields."""

    def check(value: Any, path: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, Mapping) else None
        if not isinstance(kind, str):
            yield at("missing required field: type", path)
        elif kind not in table:
            yield at(f"unsupported type: {kind}", f"{path}/type")
        else:
            rest = {name: item for name, item in value.items() if name != "type"}
            yield from table[kind](rest, path)

    return check


def both(*rules: Rule) -> Rule:
    """Every one of the rules."""

    def check(value: Any, path: str) -> Iterator[str]:
        for rule in rules:
            yield from rule(value, path)

    return check


def exactly_one(*names: str) -> Rule:
    """An object that has one of these fields, not none and not two."""

    def check(value: Any, path: str) -> Iterator[str]:
        if isinstance(value, Mapping) and sum(name in value for name in names) != 1:
            yield at(f"must have exactly one of: {', '.join(names)}", path)

    return check
