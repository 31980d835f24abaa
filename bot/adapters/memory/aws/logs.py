"""CloudWatch Logs in memory. Before it come engine and handlers under test."""

from __future__ import annotations

import shlex
from datetime import datetime

from bot.adapters.memory.aws.production import MemoryProduction
from bot.adapters.memory.aws.there import there
from bot.domain.release import LogPage


class MemoryLogs:
    """See `bot.ports.Logs`."""

    def __init__(self, production: MemoryProduction) -> None:
        self._production = production

    async def search(
        self, group: str, *, pattern: str, start: datetime, end: datetime, limit: int = 100
    ) -> LogPage:
        """The lines set, by their time."""
        self._production.noted("logs.search", group=group, pattern=pattern)
        found = {
            line.id: line
            for line in there(self._production.log_lines, group)
            if start <= line.at < end and _fits(line.text, pattern)
        }
        lines = sorted(found.values(), key=lambda line: (line.at, line.id))
        return LogPage(lines=tuple(lines[:limit]), more=len(lines) > limit)


def _fits(text: str, pattern: str) -> bool:
    """All plain terms, or any of the `?` ones, and none of the `-` ones.

    Source: *CloudWatch Logs User Guide*, filter pattern syntax for unstructured log events.
    """
    terms = shlex.split(pattern)
    needed = [term for term in terms if term[0] not in "?-"]
    optional = [term[1:] for term in terms if term.startswith("?")]
    unwanted = [term[1:] for term in terms if term.startswith("-")]
    # With a required term the optional ones do not count.
    wanted = all(term in text for term in needed) if needed else _any(text, optional)
    return wanted and not any(term in text for term in unwanted)


def _any(text: str, terms: list[str]) -> bool:
    return not terms or any(term in text for term in terms)
