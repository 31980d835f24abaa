"""What a param may be besides a word or a number: types that say how people write them.

Before: a handler's `Params` names one. After: `bot.engine.words` reads it, from a command, a dialog
or a stored request. Services and people are looked up by name instead: `bot.engine.known`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import BeforeValidator, ValidationInfo

from bot.domain.instant import parse_instant, parse_since
from bot.topology import Colour, Severity


def _numbered(letter: str, what: str) -> Callable[[object], int]:
    pattern = re.compile(rf"(?:{letter}|#)?(\d{{1,9}})", re.ASCII | re.IGNORECASE)

    def number(word: object) -> int:
        match = pattern.fullmatch(str(word).strip())
        if match is None:
            raise ValueError(f"{what} is named like {letter}42")
        return int(match[1])

    return number


def any_case(kind: type[StrEnum]) -> Callable[[object], object]:
    """A phone begins words with a capital; what is stored has the one spelling."""
    spelt = {str(one).lower(): one for one in kind}
    return lambda word: spelt.get(str(word).strip().lower(), word)


class _Reader(Protocol):
    """How a word is read beside the present."""

    def __call__(self, text: str, *, now: datetime, zone: tzinfo) -> datetime: ...


def _instant(read: _Reader) -> Callable[[object, ValidationInfo], datetime]:
    def instant(word: object, info: ValidationInfo) -> datetime:
        if isinstance(word, datetime):
            return word
        if info.context is None:
            raise TypeError("a word is an instant only beside the present: bot.engine.words.typed")
        return read(str(word), now=info.context["now"], zone=info.context["zone"])

    return instant


class FileFormat(StrEnum):
    """What a file is written as: for people, or for programs."""

    MARKDOWN = "markdown"
    JSON = "json"

    @property
    def ending(self) -> str:
        """Of the file's name."""
        return "md" if self is FileFormat.MARKDOWN else "json"


RequestNumber = Annotated[int, BeforeValidator(_numbered("R", "a request"))]
"""A request: `R42`, `r42`, `#42` or `42`."""

IncidentNumber = Annotated[int, BeforeValidator(_numbered("I", "an incident"))]
"""An incident: `I7`, `i7`, `#7` or `7`."""

ColourWord = Annotated[Colour, BeforeValidator(any_case(Colour))]
"""Which half of a service: `green`, `Green`."""

SeverityWord = Annotated[Severity, BeforeValidator(any_case(Severity))]
"""How bad an incident is: `p1` or `P1`."""

FormatWord = Annotated[FileFormat, BeforeValidator(any_case(FileFormat))]
"""What a file is written as: `json`, `Markdown`."""

Past = Annotated[datetime, BeforeValidator(_instant(parse_since))]
"""How far back, in UTC: `7d`, `2026-11-24`, `15:30` (the last one), `2026-11-24T15:30Z`."""

Instant = Annotated[datetime, BeforeValidator(_instant(parse_instant))]
"""A moment in UTC: `15:30` (the next one, in the topology's zone), `2026-11-24T15:30Z`, `+20m`."""
