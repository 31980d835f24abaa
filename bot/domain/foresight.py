"""Who would be paged when, if an alert came then: the ladder thought through to its end.

Before: a ladder and an instant. After: `/filmops escalation simulate`, `filmops simulate`. The
instants are those of `bot.domain.climb`, which the engine arms too: the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from bot.domain.climb import Foreseen, foreseen, unowned_at
from bot.topology import Ladder, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What follows an answer at `at`: without progress its giver is asked at `asked_at`, and at
    `again_at` the ladder is climbed anew.
    """

    at: datetime
    asked_at: datetime
    again_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """`pages` in order; `passed` are levels at which nobody is on call: not paged, and the next
    one at once instead. `unowned_at` is None when somebody answers, or nobody would be paged.
    """

    severity: Severity
    began_at: datetime
    pages: tuple[Foreseen, ...]
    passed: frozenset[int]
    answered: Answered | None
    unowned_at: datetime | None

    @property
    def afterwards(self) -> tuple[tuple[datetime, str], ...]:
        """What comes after the last page, and when."""
        if self.answered is not None:
            return (
                (self.answered.at, "somebody answers: nobody else is paged"),
                (self.answered.asked_at, "without news they are asked whether they are on it"),
                (self.answered.again_at, "without a word the ladder is climbed from its beginning"),
            )
        if self.unowned_at is not None:
            return ((self.unowned_at, "UNOWNED: nobody is paged any more, the banner stands"),)
        return ()


def foresee(
    ladder: Ladder,
    severity: Severity,
    began_at: datetime,
    *,
    answer_after: timedelta | None = None,
    empty: Collection[int] = (),
) -> Foresight:
    """Think an alert through. `empty` are levels that ring nobody. A page due at the very moment
    of the answer is not sent.
    """
    pages = _passed_on(foreseen(ladder, began_at), empty)
    end = unowned_at(ladder, began_at)
    answered = None
    # Later than the banner, an answer changes nothing that was foreseen.
    if answer_after is not None and (end is None or began_at + answer_after < end):
        answered = _answered(ladder, began_at + answer_after)
        pages = tuple(page for page in pages if page.at < answered.at)
    return Foresight(
        severity=severity,
        began_at=began_at,
        pages=pages,
        passed=frozenset(empty) & set(range(1, len(ladder.waits) + 1)),
        answered=answered,
        unowned_at=end if answered is None else None,
    )


def _answered(ladder: Ladder, at: datetime) -> Answered:
    asked_at = at + timedelta(minutes=ladder.promise_minutes)
    again_at = asked_at + timedelta(minutes=ladder.grace_minutes)
    return Answered(at=at, asked_at=asked_at, again_at=again_at)


def _passed_on(pages: Iterator[Foreseen], empty: Collection[int]) -> tuple[Foreseen, ...]:
    """The pages of each climb without its empty levels, each making the next one due at once."""
    kept: list[Foreseen] = []
    for _, climb in groupby(pages, key=lambda page: page.climb):
        since: datetime | None = None
        for page in climb:
            at = page.at if since is None else min(page.at, since)
            since = None
            if page.level in empty:
                since = at
            else:
                kept.append(replace(page, at=at))
    return tuple(kept)
