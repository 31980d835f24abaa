from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bot.domain.audit import GENESIS, Entry, Head, Row, broken, chain

pytestmark = pytest.mark.unit

AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def log(count: int) -> list[Row]:
    rows: list[Row] = []
    previous = GENESIS
    for number in range(1, count + 1):
        entry = Entry(actor="U1", action="ask", subject="service/web", detail={"n": number})
        digest = chain(number, AT, entry, previous)
        rows.append(Row(number=number, at=AT, entry=entry, previous=previous, hash=digest))
        previous = digest
    return rows


def head(rows: list[Row]) -> Head:
    return Head(number=rows[-1].number, hash=rows[-1].hash)


def test_a_whole_log_holds() -> None:
    assert broken(log(3), head(log(3))) is None
    assert broken([], Head(number=0, hash=GENESIS)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "U2"},
        {"action": "approve"},
        {"subject": "service/api"},
        {"detail": {"n": 2.5}},
        {"detail": {}},
    ],
)
def test_a_changed_entry_is_found(change: dict[str, Any]) -> None:
    rows = log(3)
    rows[1] = replace(rows[1], entry=replace(rows[1].entry, **change))
    assert broken(rows, head(rows)) == "row 2 was changed after it was written"


def test_a_changed_time_is_found() -> None:
    rows = log(3)
    rows[1] = replace(rows[1], at=AT + timedelta(microseconds=1))
    assert broken(rows, head(rows)) == "row 2 was changed after it was written"


def test_a_removed_row_is_found() -> None:
    rows = log(3)
    assert broken([rows[0], rows[2]], head(rows)) == "row 2 is missing: row 3 follows row 1"
    assert broken(rows[1:], head(rows)) == "row 1 is missing: row 2 follows row 0"


def test_rows_cut_off_at_the_end_are_missed() -> None:
    rows = log(3)
    assert "rows were cut off" in str(broken(rows[:2], head(rows)))
    assert "rows were cut off" in str(broken([], head(rows)))


def test_a_row_written_anew_with_its_hash_breaks_the_next() -> None:
    rows = log(3)
    forged = replace(rows[1].entry, actor="U2")
    rows[1] = replace(rows[1], entry=forged, hash=chain(2, AT, forged, rows[0].hash))
    assert "row 3 does not follow row 2" in str(broken(rows, head(rows)))


def test_a_last_row_written_anew_differs_from_the_head() -> None:
    rows = log(3)
    before = head(rows)
    forged = replace(rows[2].entry, actor="U2")
    rows[2] = replace(rows[2], entry=forged, hash=chain(3, AT, forged, rows[1].hash))
    assert broken(rows, before) is not None


def test_the_hash_is_of_the_instant_and_the_content() -> None:
    east = AT.astimezone(timezone(timedelta(hours=9)))
    one = Entry(actor="U1", action="a", subject="s", detail={"x": 1, "y": 2})
    other = Entry(actor="U1", action="a", subject="s", detail={"y": 2, "x": 1})
    assert chain(1, AT, one, GENESIS) == chain(1, east, other, GENESIS)
    assert chain(1, AT, one, GENESIS) != chain(2, AT, one, GENESIS)
    assert len(chain(1, AT, one, GENESIS)) == len(GENESIS)
