"""The answer to `/filmops autoscaling`: a line for each thing looked at, with what mends it.

Before: the judgements of `bot.domain.autoscaled`. After: the Slack adapter.
"""

from __future__ import annotations

from collections.abc import Sequence

from blocks.elements import Block, context, fit, header, section
from blocks.text import count, cut, inline, spoken
from bot.domain.autoscaled import Judgement, Line, Subject
from bot.domain.message import Message

_ICONS = {
    Judgement.OK: "✅",
    Judgement.MISSING: "⚠️",
    Judgement.CONTRADICTS: "❌",
    Judgement.UNKNOWN: "❔",
}
_MOST = 45


def autoscaling(subjects: Sequence[Subject]) -> Message:
    """What is wrong is counted first; every line says it is OK, missing, or contradicts."""
    wrong = sum(subject.wrong for subject in subjects)
    verdict = f"{count(wrong, 'thing')} to mend" if wrong else "all as it should be"
    worst = [
        f"{inline(subject.title, 100)}: {inline(line.said, 200)}"
        for subject in subjects
        for line in subject.lines
        if line.judgement is not Judgement.OK
    ]
    blocks: list[Block] = [
        header(f"Autoscaling: {verdict}"),
        *(_subject(subject) for subject in subjects),
        context("Compared with `autoscaling` of the services and groups in filmops.toml."),
    ]
    return Message(
        text=cut(f"Autoscaling: {verdict}. {'; '.join(worst)}".rstrip(), 3000),
        blocks=fit(blocks, _MOST, "more: ask for one service"),
    )


def _subject(subject: Subject) -> Block:
    lines = "\n".join(_line(line) for line in subject.lines)
    return section(f"*{inline(subject.title, 150)}*\n{lines}")


def _line(line: Line) -> str:
    fix = f"\n    → {spoken(line.fix, 200)}" if line.fix else ""
    return f"{_ICONS[line.judgement]} {line.judgement}: {inline(line.said, 300)}{fix}"
