"""The answer to `/filmops oncall`: who is rung on each level now, and what is wrong with that.

Before: the handler reads PagerDuty. After: the Slack adapter shows it to the one who asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from blocks.elements import bullets, context, header
from blocks.status_service import unread
from blocks.text import count, cut, duration, inline, mention, moment
from bot.domain.listing import both
from bot.domain.live import Missing
from bot.domain.message import Message
from bot.domain.pager import OnCall
from bot.domain.roster import Known, person_of, roster_warnings
from bot.topology import Level, Topology

_OLD = timedelta(seconds=2)
"""What was read longer ago than this was not read for this answer."""


def oncall(known: Known | Missing, topology: Topology, now: datetime) -> Message:
    """The levels, lowest first; warnings on top."""
    warnings = (
        (f"PagerDuty could not be asked: {known.reason}.",)
        if isinstance(known, Missing)
        else roster_warnings(known.levels, topology)
    )
    verdict = f"On call, {count(len(warnings), 'warning')}" if warnings else "On call"
    lines = [
        _level(number, level, known, topology)
        for number, level in enumerate(topology.escalation.levels, start=1)
    ]
    said = " ".join(inline(warning, 300) for warning in warnings)
    return Message(
        text=cut(f"{verdict}: {'; '.join(lines)}. {said}".strip(), 3000),
        blocks=(
            header(f"{'⚠️' if warnings else '📟'} {verdict}"),
            *([bullets("", [inline(warning) for warning in warnings])] if warnings else []),
            bullets("", lines),
            context(_age(known, now), "When they would be rung: `/filmops escalation simulate`."),
        ),
    )


def _level(number: int, level: Level, known: Known | Missing, topology: Topology) -> str:
    head = f"*Level {number}* {inline(level.name, 80)}, after {level.after_minutes:g} min"
    if isinstance(known, Missing):
        return f"{head}: {unread(known)}"
    people = known.levels.get(number)
    if people is None:
        return f"{head}: not known"
    if not people:
        return f"{head}: nobody"
    rungs = sorted({one.rung for one in people})
    then = [_people((o for o in people if o.rung == rung), topology) for rung in rungs]
    words = ", then ".join(then)
    return f"{head}: {words}" if rungs[0] == 1 else f"{head}: nobody at once, later {words}"


def _people(people: Iterable[OnCall], topology: Topology) -> str:
    return both([_person(one, topology) for one in people])


def _person(one: OnCall, topology: Topology) -> str:
    known = person_of(one, topology)
    return mention(known.slack) if known is not None else inline(one.name or one.email, 80)


def _age(known: Known | Missing, now: datetime) -> str:
    if isinstance(known, Missing):
        return "Look at PagerDuty itself, or try again."
    if now - known.read_at <= _OLD:
        return f"Read from PagerDuty {moment(known.read_at)}."
    return f"PagerDuty does not answer now; this was read {duration(now - known.read_at)} ago."
