"""The answer to `/filmops help`: every command, a group, or one with all there is
to know.

Before: the handler derives `HelpEntry` values from the declarations. After: the Slack adapter.
"""

from __future__ import annotations

from collections.abc import Sequence

from blocks import parts
from blocks.elements import Block, bullets, context, header, section
from blocks.text import count, cut, inline, typed
from bot.domain.help import HelpEntry
from bot.domain.listing import both
from bot.domain.message import Message


def help_list(entries: Sequence[HelpEntry]) -> Message:
    """All commands, one line each, in the order they are declared; a group has one together."""
    grouped: dict[str, list[HelpEntry]] = {}
    for entry in entries:
        grouped.setdefault(entry.group or entry.name, []).append(entry)
    lines = [_line(members) for members in grouped.values()]
    names = ", ".join(inline(entry.name, 40) for entry in entries)
    return Message(
        text=cut(f"FilmOps understands: {names or 'nothing yet'}.", 3000),
        blocks=(
            header("What /filmops can do"),
            *_halves(lines),
            context("More about one: `/filmops help NAME`. Nothing changes by reading."),
        ),
    )


def help_group(entries: Sequence[HelpEntry]) -> Message:
    """The commands of one group, each with its usage; at least one."""
    name = inline(entries[0].group, 40)
    return Message(
        text=f"/filmops {name} has: {_verbs(entries)}.",
        blocks=(
            header(f"/filmops {name}"),
            *_halves([_line([entry]) for entry in entries]),
            context(f"More about one: {typed(f'/filmops help {entries[0].name}')}"),
        ),
    )


def help_one(entry: HelpEntry) -> Message:
    """One command: usage, examples, who may ask and who must agree."""
    examples = [typed(example) for example in entry.examples]
    return Message(
        text=f"{inline(entry.usage, 300)}: {inline(entry.summary, 500)}",
        blocks=(
            header(f"/filmops {entry.name}"),
            section(f"{inline(entry.summary, 1000)}\n{typed(entry.usage, 500)}"),
            *([bullets("*Examples*", examples)] if examples else []),
            section(f"*Risk:* {parts.RISKS[entry.risk]}.\n{_who(entry)}"),
        ),
    )


def _line(entries: Sequence[HelpEntry]) -> str:
    if len(entries) == 1:
        return f"{typed(entries[0].usage)} {inline(entries[0].summary, 250)}"
    name = entries[0].group
    return f"{typed(f'/filmops {name}')} {_verbs(entries)}: {typed(f'/filmops help {name}')}"


def _verbs(entries: Sequence[HelpEntry]) -> str:
    return cut(both([inline(entry.name.partition(" ")[2], 40) for entry in entries]), 250)


def _halves(lines: Sequence[str]) -> list[Block]:
    """The list over as many sections as it takes, eight lines each; forty sections at most."""
    return [bullets("", lines[at : at + 8]) for at in range(0, min(len(lines), 320), 8)]


def _who(entry: HelpEntry) -> str:
    asking = f"*May be asked for by* {parts.roles(entry.may_ask)}."
    if not entry.approvals:
        return f"{asking} Nobody else needs to agree."
    need = count(entry.approvals, "other person", "other people")
    return f"{asking} *{need.capitalize()} must approve:* {parts.roles(entry.may_approve)}."
