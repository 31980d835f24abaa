"""When closed minutes call for the way back (runbook, *Automatic Rollback Triggers*).

Before it: minutes as read, of one colour, oldest first. After it: a deployment's watch and the
patrol, which decide with `bot.domain.way_back` what is done. What a history says depends on the
history alone, not on when it is looked at: a watch that slept through five bad minutes finds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice

from bot.domain.live import Minute
from bot.domain.verdict import Verdict, is_failing, is_slow, judge
from bot.topology import Thresholds, Watching


class Trigger(StrEnum):
    """What can call for the way back."""

    ERROR_RATE = "error_rate"
    RESPONSE_TIME = "response_time"
    UNHEALTHY_TARGETS = "unhealthy_targets"
    DATABASE = "database"

    @property
    def lasts(self) -> bool:
        """Whether it must hold for `trigger_minutes`; the others call at once."""
        return self in (Trigger.ERROR_RATE, Trigger.RESPONSE_TIME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A closed minute of a colour, judged: `traffic` by errors and response time alone,
    `breached` the triggers it is beyond. `minute` has the counts, None when CloudWatch holds none.
    """

    start: datetime
    traffic: Verdict
    breached: frozenset[Trigger] = frozenset()
    minute: Minute | None = None

    @property
    def verdict(self) -> Verdict:
        """By everything. Targets and the database tell also of a minute without traffic."""
        return Verdict.BREACH if self.breached else self.traffic

    def tells(self, trigger: Trigger) -> bool | None:
        """Whether it breached that trigger; None when it does not say."""
        if trigger in self.breached:
            return True
        minute, served = self.minute, self.traffic in (Verdict.OK, Verdict.BREACH)
        if minute is None:
            return None
        known = {
            Trigger.ERROR_RATE: served,
            Trigger.RESPONSE_TIME: served and minute.p95_seconds is not None,
            Trigger.UNHEALTHY_TARGETS: minute.unhealthy is not None,
            # Who counts what went wrong often says nothing when nothing did.
            Trigger.DATABASE: served or minute.database_failures is not None,
        }
        return False if known[trigger] else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """A trigger that called: `since` the first of its bad minutes, at the close of the one that
    began `at`.
    """

    trigger: Trigger
    since: datetime
    at: datetime


def judged(
    start: datetime, minute: Minute | None, thresholds: Thresholds, watching: Watching
) -> Judged:
    """The minute that began then, as CloudWatch told it; None when it holds nothing for it."""
    traffic = judge(minute, thresholds)
    breached = frozenset(_breached(minute, traffic, thresholds, watching)) if minute else None
    return Judged(start=start, traffic=traffic, breached=breached or frozenset(), minute=minute)


def history_of(
    minutes: Iterable[Minute],
    starts: Iterable[datetime],
    thresholds: Thresholds,
    watching: Watching,
) -> tuple[Judged, ...]:
    """A colour's minutes that began then, each judged, in the order of `starts`."""
    told = {minute.start: minute for minute in minutes}
    return tuple(judged(start, told.get(start), thresholds, watching) for start in starts)


def unseen(start: datetime) -> Judged:
    """A minute of which CloudWatch gave no answer."""
    return Judged(start=start, traffic=Verdict.BLIND)


def fired(history: Sequence[Judged], watching: Watching) -> Trigger | None:
    """The trigger that called first, whatever came after it."""
    first = next(iter(firings(history, watching)), None)
    return first.trigger if first is not None else None


def firings(history: Sequence[Judged], watching: Watching) -> tuple[Firing, ...]:
    """The first call of each trigger, in order.

    Errors and response time must breach `trigger_minutes` in a row; a minute that does not say
    neither counts nor breaks the row. One minute of the others is enough.
    """
    found = (_firing(history, trigger, watching) for trigger in Trigger)
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.at))


def blind(history: Sequence[Judged]) -> int:
    """How many minutes at its end are BLIND, in a row."""
    number = 0
    for one in reversed(history):
        if one.verdict is not Verdict.BLIND:
            break
        number += 1
    return number


def settled(history: Sequence[Judged]) -> bool:
    """Whether a watch may end: the last minute that is known is not a breach."""
    known = (Verdict.OK, Verdict.BREACH)
    last = next((one for one in reversed(history) if one.verdict in known), None)
    return last is None or last.verdict is Verdict.OK


def goes_on(history: Sequence[Judged], trigger: Trigger) -> bool:
    """Whether the last minute that says anything of the trigger breached it."""
    return next(_told(history, trigger), False)


def is_over(history: Sequence[Judged], trigger: Trigger, watching: Watching) -> bool:
    """Whether the last `trigger_minutes` that say anything of the trigger are all fine."""
    last = list(islice(_told(history, trigger), watching.trigger_minutes))
    return len(last) == watching.trigger_minutes and not any(last)


def _told(history: Sequence[Judged], trigger: Trigger) -> Iterator[bool]:
    """What minutes say of a trigger, the newest first."""
    said = (one.tells(trigger) for one in reversed(history))
    return (bad for bad in said if bad is not None)


def _firing(history: Sequence[Judged], trigger: Trigger, watching: Watching) -> Firing | None:
    needed = watching.trigger_minutes if trigger.lasts else 1
    row: list[datetime] = []
    for one in history:
        said = one.tells(trigger)
        if said:
            row.append(one.start)
        elif said is False:
            row.clear()
        if len(row) >= needed:
            return Firing(trigger=trigger, since=row[0], at=one.start)
    return None


def _breached(
    minute: Minute, traffic: Verdict, thresholds: Thresholds, watching: Watching
) -> Iterator[Trigger]:
    if traffic is Verdict.BREACH:
        if is_failing(minute, thresholds):
            yield Trigger.ERROR_RATE
        if is_slow(minute, thresholds):
            yield Trigger.RESPONSE_TIME
    if _unhealthy(minute, thresholds):
        yield Trigger.UNHEALTHY_TARGETS
    if (minute.database_failures or 0) >= watching.database_failures:
        yield Trigger.DATABASE


def _unhealthy(minute: Minute, thresholds: Thresholds) -> bool:
    """Too many targets fail their health checks, or there is none for what is asked of it.

    A colour without targets that nobody asks is only scaled in.
    """
    if minute.healthy is None or minute.unhealthy is None:
        return False
    total = minute.healthy + minute.unhealthy
    if not total:
        return minute.requests > 0
    return minute.unhealthy > thresholds.unhealthy_targets * total
