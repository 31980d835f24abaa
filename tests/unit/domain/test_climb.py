"""When which level is due: absolute instants, and the simulator reads the same function."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.climb import climb, climb_from, foreseen, unowned_at
from bot.topology import Ladder

pytestmark = pytest.mark.unit

BEGAN = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
LADDER = Ladder(title="test", after_minutes=(0, 15, 30), repeat_minutes=20, repeats=1)
NOBODY = Ladder(title="test", after_minutes=())


def at(minutes: float) -> datetime:
    return BEGAN + timedelta(minutes=minutes)


def test_levels_are_due_by_the_runbook_and_the_climb_ends_after_the_last() -> None:
    one = climb(LADDER, BEGAN)
    assert [(due.level, due.at) for due in one.dues] == [(1, at(0)), (2, at(15)), (3, at(30))]
    assert one.over_at == at(50)


def test_a_level_that_was_rung_already_is_left_out_and_shifts_nothing() -> None:
    one = climb(LADDER, BEGAN, paged={1})
    assert [(due.level, due.at) for due in one.dues] == [(2, at(15)), (3, at(30))]
    assert one.over_at == at(50)


@pytest.mark.parametrize(
    ("level", "dues", "over"),
    [
        (0, [(1, 0), (2, 15), (3, 30)], 50),
        (1, [(2, 15), (3, 30)], 50),
        (2, [(3, 15)], 35),
        (3, [], 20),
    ],
)
def test_above_a_level_that_rings_the_climb_goes_on(
    level: int, dues: list[tuple[int, float]], over: float
) -> None:
    one = climb_from(LADDER, level, BEGAN)
    assert [(due.level, due.at) for due in one.dues] == [(n, at(m)) for n, m in dues]
    assert one.over_at == at(over)


def test_nobody_is_paged_for_a_silent_severity() -> None:
    assert climb(NOBODY, BEGAN).dues == climb_from(NOBODY, 1, BEGAN).dues == ()
    assert climb(NOBODY, BEGAN).over_at is None
    assert list(foreseen(NOBODY, BEGAN)) == []
    assert unowned_at(NOBODY, BEGAN) is None


def test_the_repetitions_are_foreseen_and_then_it_is_unowned() -> None:
    pages = [(page.climb, page.level, page.at) for page in foreseen(LADDER, BEGAN)]
    first = [(1, 1, at(0)), (1, 2, at(15)), (1, 3, at(30))]
    assert pages == [*first, (2, 1, at(50)), (2, 2, at(65)), (2, 3, at(80))]
    assert unowned_at(LADDER, BEGAN) == at(100)
