"""The change log as a file: for people as Markdown, for programs as a versioned JSON.

Before: `bot.engine.change_log` reads the store and takes secrets out. After: a file in the channel.
The JSON's keys are described in docs/commands.md; they may be added within a version, one that is
taken away or means something else is another version.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.run import ChangeLogEntry
from bot.domain.written import both_times, change_line, change_shape, utc

FORMAT = "filmops.change-log"
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLog:
    """What changed since then, newest first; `service` is a key, empty for everything. `cut`: there
    is more than was read. `people` are names by Slack id, `timezone` an IANA name.
    """

    service: str
    since: datetime
    changes: tuple[ChangeLogEntry, ...]
    cut: bool
    people: Mapping[str, str]
    timezone: str
    made_at: datetime

    def person(self, who: str) -> str:
        """A Slack id as a name, if it is known; anybody else as they are called."""
        return self.people.get(who, who)


def as_json(log: ChangeLog) -> str:
    """The whole, indented; ends with a line break."""
    shape = {
        "format": FORMAT,
        "version": VERSION,
        "made_at": utc(log.made_at),
        "timezone": log.timezone,
        "service": log.service or None,
        "since": utc(log.since),
        "cut": log.cut,
        "changes": [change_shape(change, log.person) for change in log.changes],
    }
    return json.dumps(shape, indent=2, ensure_ascii=False) + "\n"


def markdown(log: ChangeLog) -> str:
    """The whole, a line a change; ends with a line break."""
    lines = [f"- {change_line(change, log.timezone, log.person)}" for change in log.changes]
    if log.cut:
        lines.append("- There is more than was read: ask for a shorter time.")
    since, made = (both_times(at, log.timezone) for at in (log.since, log.made_at))
    body = "\n".join(lines) or "Nothing was changed."
    about = log.service or "everything"
    return f"# Change log of {about}\n\nSince {since}, as of {made}.\n\n{body}\n"
