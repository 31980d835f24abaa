"""The answers to `/filmops backup verify` and `backup replication`.

Before: `bot.engine.backups` has read everything and the domain has judged it. After: the Slack
adapter shows it to the one who asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from blocks.elements import Block, bullets, context, header, section
from blocks.status_service import unread
from blocks.text import count, cut, duration, inline, moment
from bot.domain.backup_state import BackupLine, BucketState, counted, lag
from bot.domain.checklist import Found
from bot.domain.live import Missing
from bot.domain.message import Message
from bot.domain.replica import Copying, Sample
from bot.topology import Bucket

_WORDS = {Found.OK: "OK", Found.FAILED: "BAD", Found.UNKNOWN: "UNKNOWN"}
_ICONS = {Found.OK: "✅", Found.FAILED: "❌", Found.UNKNOWN: "❓"}


def verified(lines: Sequence[BackupLine], now: datetime) -> Message:
    """The verdict first; what is not well before what is, each with its fix."""
    bad = [line for line in lines if line.found is not Found.OK]
    verdict = f"Backups: {count(len(bad), 'line')} not well" if bad else "Backups: all is well"
    if not lines:
        verdict = "Backups: the topology names no database and no bucket with a replica"
    ordered = [*bad, *(line for line in lines if line.found is Found.OK)]
    plain = " ".join(
        f"{_WORDS[line.found]} {line.subject}, {line.title}: {line.said}." for line in ordered
    )
    return Message(
        text=cut(inline(f"{verdict}. {plain}".strip(), 2900), 3000),
        blocks=(
            header(f"{'⚠️' if bad else '🗄️'} {verdict}"),
            *(section(_line(line)) for line in ordered[:40]),
            context(
                f"Verified {moment(now)}, and daily by FilmOps. Whether it can be restored: "
                "`/filmops backup dr-test`."
            ),
        ),
    )


def _line(line: BackupLine) -> str:
    head = f"{_ICONS[line.found]} *{_WORDS[line.found]}* {inline(line.subject, 100)}: "
    said = f"{head}{inline(line.title, 80)}: {inline(line.said, 900)}."
    return f"{said}\n→ {inline(line.fix, 700)}" if line.fix else said


def replication(
    buckets: Sequence[tuple[Bucket, BucketState, Sequence[BackupLine]]], now: datetime
) -> Message:
    """Each bucket with a replica: rules, how far the copies are behind, counts, the verdict."""
    if not buckets:
        said = "The topology names no bucket with a replica: [buckets.KEY] replica."
        return Message(text=said, blocks=(section(said),))
    plain = " ".join(f"{_head(bucket, lines)}." for bucket, _, lines in buckets)
    blocks = [block for each in buckets for block in _bucket(*each, now=now)]
    return Message(
        text=cut(plain, 3000),
        blocks=(header("Replication"), *blocks[:40], context(f"Read {moment(now)}.")),
    )


def _head(bucket: Bucket, lines: Sequence[BackupLine]) -> str:
    wrong = [line for line in lines if line.found is not Found.OK]
    verdict = f"{_WORDS[wrong[0].found]}, {inline(wrong[0].said, 500)}" if wrong else "OK"
    return f"{inline(bucket.name, 80)} → {inline(bucket.replica or '', 80)}: {verdict}"


def _bucket(
    bucket: Bucket, state: BucketState, lines: Sequence[BackupLine], *, now: datetime
) -> list[Block]:
    icon = _ICONS[next((line.found for line in lines if line.found is not Found.OK), Found.OK)]
    return [
        section(f"{icon} *{_head(bucket, lines)}*"),
        bullets("", [*_rules(state), _sample(state.sample, now), _counts(state)]),
    ]


def _rules(state: BucketState) -> list[str]:
    if isinstance(state.rules, Missing):
        return [f"Rules {unread(state.rules)}"]
    return [
        f"Rule {inline(rule.id or 'without a name', 80)}: "
        f"{'enabled' if rule.enabled else 'DISABLED'}, to {inline(rule.destination, 80)}, "
        f"{inline(rule.narrowed or 'everything', 200)}"
        for rule in state.rules
    ] or ["There is no rule"]


def _sample(sample: Sample | Missing, now: datetime) -> str:
    if isinstance(sample, Missing):
        return f"Objects {unread(sample)}"
    words = dict.fromkeys(Copying, 0)
    for each in sample.objects:
        words[each.status] += 1
    told = ", ".join(
        f"{number} {status or 'without a status'}" for status, number in words.items() if number
    )
    behind = lag(sample, now)
    late = duration(behind) if behind > timedelta() else "nothing"
    newest = f"Of the {count(len(sample.objects), 'newest object')}: {told or 'none'}"
    return f"{newest}. On its way for the longest: {late}"


def _counts(state: BucketState) -> str:
    here, there = (
        unread(read) if isinstance(read, Missing) else counted(read)
        for read in (state.here, state.there)
    )
    return f"Objects: {here} here, {there} in the replica"
