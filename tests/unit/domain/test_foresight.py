"""Who would be paged when: the ladder thought through, with an answer and without."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.climb import foreseen, unowned_at
from bot.domain.foresight import foresee
from bot.topology import Ladder, Severity

pytestmark = pytest.mark.unit

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
LADDER = Ladder(title="down", after_minutes=(0, 15, 30), repeat_minutes=30, repeats=1)


def minutes(*, ack: float | None = None, empty: tuple[int, ...] = ()) -> list[tuple[int, float]]:
    """(level, minutes after the alert) of every page."""
    after = None if ack is None else timedelta(minutes=ack)
    found = foresee(LADDER, Severity.P1, AT, answer_after=after, empty=empty)
    return [(page.level, (page.at - AT).total_seconds() / 60) for page in found.pages]


def test_nobody_answers_and_the_instants_are_the_engines() -> None:
    found = foresee(LADDER, Severity.P1, AT)
    assert found.pages == tuple(foreseen(LADDER, AT))
    assert found.unowned_at == unowned_at(LADDER, AT) == AT + timedelta(minutes=120)
    assert minutes() == [(1, 0), (2, 15), (3, 30), (1, 60), (2, 75), (3, 90)]


def test_an_answer_stops_what_comes_later_and_is_a_promise() -> None:
    assert minutes(ack=20) == [(1, 0), (2, 15)]
    found = foresee(LADDER, Severity.P1, AT, answer_after=timedelta(minutes=20))
    assert found.unowned_at is None
    assert [(when - AT).total_seconds() / 60 for when, _ in found.afterwards] == [20, 50, 60]


def test_a_page_due_at_the_moment_of_the_answer_is_not_sent() -> None:
    assert minutes(ack=15) == [(1, 0)]


def test_an_answer_after_the_banner_changes_nothing_of_what_was_foreseen() -> None:
    assert minutes(ack=500) == minutes()


def test_an_empty_level_is_passed_over_and_the_next_is_due_at_once() -> None:
    assert minutes(empty=(1,)) == [(2, 0), (3, 30), (2, 60), (3, 90)]
    assert minutes(empty=(1, 2)) == [(3, 0), (3, 60)]
    assert foresee(LADDER, Severity.P1, AT, empty=(1, 9)).passed == {1}


def test_a_severity_that_pages_nobody_pages_nobody() -> None:
    found = foresee(Ladder(title="later", after_minutes=()), Severity.P4, AT, empty=(1,))
    assert (found.pages, found.unowned_at, found.afterwards) == ((), None, ())
    assert not found.passed
