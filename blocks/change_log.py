"""The answer to `/filmops history`: what changed when, by whom, through which run.

Before: the handler reads the change log. After: the Slack adapter; the whole is a file.
"""

from __future__ import annotations

from blocks import parts
from blocks.elements import bullets, context, header, section
from blocks.text import count, inline, mention, moment, typed, utc
from bot.domain.change_log import ChangeLog
from bot.domain.listing import both
from bot.domain.message import Message
from bot.domain.run import ChangeLogEntry

_IN_SECTION = 5


def change_log(log: ChangeLog, most: int) -> Message:
    """The newest `most`, and how to get the rest."""
    about = log.service or "everything"
    lines = [_line(change) for change in log.changes[:most]]
    starts = range(0, len(lines), _IN_SECTION)
    shown = [bullets("", lines[at : at + _IN_SECTION]) for at in starts]
    left = len(log.changes) - len(lines)
    more = f"The newest {count(len(lines), 'change')}, {left:,} more since" if left else "Since"
    whole = typed(f"/filmops history {f'{log.service} ' if log.service else ''}--format markdown")
    return Message(
        text=f"Change log of {inline(about, 100)}: {count(len(log.changes), 'change')} since "
        f"{utc(log.since)}, newest first.",
        blocks=(
            header(f"Change log of {about}"),
            *(shown or [section("Nothing was changed.")]),
            context(
                f"{more} {moment(log.since)}. The whole as a file: {whole}, or `json`. "
                "Everything about one: `/filmops show R42`."
            ),
        ),
    )


def _line(change: ChangeLogEntry) -> str:
    agreed = both([mention(user) for user in change.approved_by])
    approved = f", approved by {agreed}" if agreed else ""
    what = f"R{change.run} {change.operation} {parts.resource(change.resource)}"
    moved = f"{inline(change.before, 110)} → {inline(change.after, 110)}"
    return (
        f"{moment(change.at)} *{inline(what, 100)}*{_came_to(change)}: {moved}, asked by "
        f"{mention(change.asked_by)}{approved}"
    )


def _came_to(change: ChangeLogEntry) -> str:
    """A deployment's version and outcome, when the entry has them."""
    words = [str(change.detail[name]) for name in ("version", "outcome") if name in change.detail]
    return f" {inline(' '.join(words).replace('_', ' '), 60)}" if words else ""
