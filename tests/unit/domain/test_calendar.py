"""The freeze calendar: what holds when, by a clock that is changed twice a year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar import frozen_by, next_opening
from bot.domain.reasons import Reason
from bot.topology import PlannedFreeze
from tests.unit.blocks.seeing import unhurried

pytestmark = pytest.mark.unit

BERLIN = ZoneInfo("Europe/Berlin")


def naive(*parts: int) -> datetime:
    """As TOML gives a time without an offset."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - the point of it


def freeze(name: str = "Weekend", **keys: Any) -> PlannedFreeze:
    return PlannedFreeze.model_validate({"name": name, **keys})


WEEKEND = freeze(weekly="Fri 16:00 - Mon 08:00")
PREMIERE = freeze("Premiere", **{"from": naive(2026, 12, 11, 18), "until": naive(2026, 12, 12, 10)})


def berlin(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=BERLIN, fold=fold)  # type: ignore[arg-type,misc]


def holds(at: datetime, *freezes: PlannedFreeze, service: str = "backend") -> bool:
    at = at.astimezone(UTC)
    found = frozen_by(freezes, service, at, BERLIN)
    assert (next_opening(freezes, service, at, BERLIN) == at) == (found is None)
    return found is not None


@pytest.mark.parametrize(
    ("at", "frozen"),
    [
        (berlin(2026, 11, 27, 15, 59), False),
        (berlin(2026, 11, 27, 16), True),
        (berlin(2026, 11, 29, 12), True),
        (berlin(2026, 11, 30, 7, 59), True),
        (berlin(2026, 11, 30, 8), False),
        (berlin(2026, 12, 2, 12), False),
    ],
)
def test_a_weekly_freeze_reaches_over_the_end_of_the_week(at: datetime, *, frozen: bool) -> None:
    assert holds(at, WEEKEND) is frozen


def test_within_a_week_it_holds_that_day_only() -> None:
    lunch = freeze("Lunch", weekly="tue 9:30-Tue 13:00")
    assert holds(berlin(2026, 12, 1, 12), lunch)
    assert not holds(berlin(2026, 12, 2, 12), lunch)
    assert not holds(berlin(2026, 11, 30, 12), lunch)


def test_a_freeze_of_once_holds_by_the_studios_clock() -> None:
    assert not holds(berlin(2026, 12, 11, 17, 59), PREMIERE)
    assert holds(berlin(2026, 12, 11, 18), PREMIERE)
    assert not holds(berlin(2026, 12, 12, 10), PREMIERE)
    assert not holds(berlin(2025, 12, 11, 18), PREMIERE)


def test_with_an_offset_it_holds_by_that() -> None:
    span = {"from": datetime(2026, 12, 11, 18, tzinfo=UTC), "until": naive(2026, 12, 11, 20)}
    mixed = freeze("Mixed", **span)
    assert not holds(berlin(2026, 12, 11, 18, 30), mixed)
    assert holds(berlin(2026, 12, 11, 19, 30), mixed)


def test_it_holds_for_the_services_it_names() -> None:
    one = freeze(weekly="Fri 16:00 - Mon 08:00", services=["backend"])
    assert holds(berlin(2026, 11, 28, 12), one)
    assert not holds(berlin(2026, 11, 28, 12), one, service="web")


def test_the_refusal_says_which_until_when_and_what_to_do() -> None:
    found = frozen_by([WEEKEND, PREMIERE], "backend", berlin(2026, 12, 11, 19), BERLIN)
    assert found is not None
    assert found.code is Reason.FREEZE_CALENDAR
    assert found.message == (
        "The calendar has backend frozen (Weekend and Premiere) until Mon 2026-12-14 08:00 CET. "
        "Rollback stays open."
    )
    assert "[[freezes]]" in found.unblock


def test_it_opens_when_none_that_follows_another_holds_any_more() -> None:
    monday = freeze("Monday", weekly="Mon 08:00 - Mon 12:00")
    opens = next_opening([monday, WEEKEND], "backend", berlin(2026, 11, 28, 1), BERLIN)
    assert opens == berlin(2026, 11, 30, 12)


def test_the_hour_that_is_not_there_and_the_one_that_is_twice() -> None:
    # 2026-03-29: 02:00 is 03:00 at once; 2026-10-25: 03:00 is 02:00 once more.
    night = freeze("Night", weekly="Sun 01:00 - Sun 02:30")
    assert holds(berlin(2026, 3, 29, 1, 59), night)
    assert not holds(berlin(2026, 3, 29, 3, 30), night)
    assert holds(berlin(2026, 10, 25, 2, 15, fold=0), night)
    assert holds(berlin(2026, 10, 25, 2, 15, fold=1), night)
    assert not holds(berlin(2026, 10, 25, 2, 30, fold=1), night)
    once = freeze(
        "Once", **{"from": naive(2026, 10, 25, 2, 15), "until": naive(2026, 10, 25, 2, 45)}
    )
    assert holds(berlin(2026, 10, 25, 2, 50, fold=0), once)


def test_it_begins_and_ends_by_the_clock_on_both_sides_of_the_change() -> None:
    for friday in (naive(2026, 3, 27, 16), naive(2026, 10, 23, 16)):
        begins = friday.replace(tzinfo=BERLIN)
        monday = (friday + timedelta(days=2, hours=16)).replace(tzinfo=BERLIN)
        assert holds(begins, WEEKEND)
        assert next_opening([WEEKEND], "backend", begins, BERLIN) == monday
        assert monday.hour == 8


@unhurried
@given(
    st.datetimes(naive(2024, 1, 1), naive(2030, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_whenever_it_is_asked_it_opens_and_not_sooner(at: datetime, name: str) -> None:
    zone, freezes = ZoneInfo(name), (WEEKEND, PREMIERE, freeze("Wed", weekly="Wed 0:00-Thu 0:00"))
    opens = next_opening(freezes, "backend", at, zone)
    assert frozen_by(freezes, "backend", opens, zone) is None
    if opens > at:
        just_before = opens - timedelta(seconds=1)
        assert frozen_by(freezes, "backend", just_before, zone) is not None
