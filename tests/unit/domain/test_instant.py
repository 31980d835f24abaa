"""Instants as typed, beside a present moment and a zone, come out in UTC."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.instant import parse_instant, parse_since
from tests.unit.blocks.seeing import unhurried

pytestmark = pytest.mark.unit

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 15, 10, 20, tzinfo=UTC)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("word", "at"),
    [
        ("15:30", utc(2026, 11, 24, 15, 30)),
        ("15:10", utc(2026, 11, 25, 15, 10)),
        ("9:05", utc(2026, 11, 25, 9, 5)),
        ("00:00", utc(2026, 11, 25)),
        (" 15:30Z ", utc(2026, 11, 24, 15, 30)),
        ("+20m", NOW + timedelta(minutes=20)),
        ("+1h30m", NOW + timedelta(minutes=90)),
        ("2026-11-24T15:30Z", utc(2026, 11, 24, 15, 30)),
        ("2026-11-24t15:30z", utc(2026, 11, 24, 15, 30)),
        ("2026-11-24 15:30", utc(2026, 11, 24, 15, 30)),
        ("2026-11-24T15:30:20.5Z", utc(2026, 11, 24, 15, 30, 20, 500_000)),
        ("2026-11-24T15:30+05:30", utc(2026, 11, 24, 10, 0)),
        ("2026-11-20T15:30Z", utc(2026, 11, 20, 15, 30)),
    ],
)
def test_an_instant_is_read_as_people_write_it(word: str, at: datetime) -> None:
    assert parse_instant(word, now=NOW, zone=UTC) == at


def test_without_an_offset_it_is_the_zones_clock() -> None:
    assert parse_instant("16:30", now=NOW, zone=BERLIN) == utc(2026, 11, 24, 15, 30)
    assert parse_instant("15:30", now=NOW, zone=BERLIN) == utc(2026, 11, 25, 14, 30)
    assert parse_instant("15:30Z", now=NOW, zone=BERLIN) == utc(2026, 11, 24, 15, 30)
    assert parse_instant("2026-07-01 15:30", now=NOW, zone=BERLIN) == utc(2026, 7, 1, 13, 30)


def test_the_day_is_the_zones_too() -> None:
    late = utc(2026, 11, 24, 23, 30)  # half past midnight in Berlin
    assert parse_instant("00:45", now=late, zone=BERLIN) == utc(2026, 11, 24, 23, 45)
    assert parse_instant("00:15", now=late, zone=BERLIN) == utc(2026, 11, 25, 23, 15)


def test_a_clock_put_forward_shows_the_lost_hour_the_next_day() -> None:
    before = utc(2026, 3, 29, 0, 30)  # 01:30 in Berlin; 02:00 becomes 03:00
    assert parse_instant("02:30", now=before, zone=BERLIN) == utc(2026, 3, 30, 0, 30)


def test_a_clock_put_back_shows_an_hour_twice_and_the_next_is_meant() -> None:
    before, between = utc(2026, 10, 25, 0, 0), utc(2026, 10, 25, 0, 40)
    assert parse_instant("02:30", now=before, zone=BERLIN) == utc(2026, 10, 25, 0, 30)
    assert parse_instant("02:30", now=between, zone=BERLIN) == utc(2026, 10, 25, 1, 30)


@pytest.mark.parametrize(
    "word",
    [
        "",
        "soon",
        "15",
        "1530",
        "15:3",
        "25:00",
        "12:60",
        "-20m",
        "+",
        "+20",
        "+0m",
        "+9999d",
        "2026-11-24",
        "2026-02-30T10:00Z",
        "2026-13-01T10:00Z",
        "1999-01-01T00:00Z",
        "15:30+01:00",
        "2026-11-24T15:30+99:00",
        "2026-W48-2T15:30",
        "\u0661\u0665:30",
    ],
)
def test_anything_else_is_a_mistake(word: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_instant(word, now=NOW, zone=UTC)


@unhurried
@given(st.text(alphabet="0123456789:+-TZmhd .", max_size=40) | st.text())
def test_no_text_raises_anything_but_a_mistake(text: str) -> None:
    with suppress(ValueError):
        assert parse_instant(text, now=NOW, zone=BERLIN).tzinfo is UTC


@pytest.mark.parametrize(
    ("word", "at"),
    [
        ("7d", NOW - timedelta(days=7)),
        (" 1h30M ", NOW - timedelta(minutes=90)),
        ("15:10", utc(2026, 11, 24, 14, 10)),
        ("16:10", utc(2026, 11, 24, 15, 10)),
        ("17:10", utc(2026, 11, 23, 16, 10)),
        ("15:10z", utc(2026, 11, 24, 15, 10)),
        ("2026-11-24", utc(2026, 11, 23, 23)),
        ("2026-07-01", utc(2026, 6, 30, 22)),
        ("2026-11-24T15:10Z", utc(2026, 11, 24, 15, 10)),
        ("2026-11-24 15:10", utc(2026, 11, 24, 14, 10)),
    ],
)
def test_how_far_back_is_read_as_people_write_it(word: str, at: datetime) -> None:
    assert parse_since(word, now=NOW, zone=BERLIN) == at


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("yesterday", "write a time like 7d, 2026-11-24"),
        ("+20m", "write a time like 7d"),
        ("0d", "write a time like 7d"),
        ("2026-11-25", "still to come"),
        ("2026-11-24T15:11Z", "still to come"),
        ("99999d", "ten years"),
        ("2026-02-30", "day is out of range"),
    ],
)
def test_what_is_not_over_or_no_time_is_told_so(word: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_since(word, now=NOW, zone=UTC)


def test_a_time_the_clock_did_not_show_was_shown_the_day_before() -> None:
    spring = utc(2026, 3, 29, 10)  # in Berlin no clock showed 02:30 that day
    assert parse_since("02:30", now=spring, zone=BERLIN) == utc(2026, 3, 28, 1, 30)
