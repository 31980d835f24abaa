"""The audit log is examined while it is written to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from bot.domain.audit import Entry, Head, Row
from bot.engine.chain import examined
from tests.contract.asking import NOW, entry
from tests.stage import Stage

pytestmark = pytest.mark.unit


class Found:
    """An audit log whose head says these numbers in turn, while its rows are what they are."""

    def __init__(self, written: Sequence[Row], *heads: int, rows: Sequence[Row]) -> None:
        self._heads = [Head(number=n, hash=written[n - 1].hash) for n in reversed(heads)]
        self._rows = rows

    async def append(self, entry: Entry, now: datetime) -> int:
        raise AssertionError("It is only looked at.")

    async def head(self) -> Head:
        return self._heads.pop()

    async def rows(self) -> AsyncIterator[Row]:
        for row in self._rows:
            yield row


async def seven() -> list[Row]:
    audit = Stage().world.store.audit
    for _ in range(7):
        await audit.append(entry(), NOW)
    return [row async for row in audit.rows()]


@pytest.mark.parametrize("heads", [(5,), (3, 5), (3, 7)])
async def test_what_is_written_meanwhile_breaks_nothing(heads: tuple[int, ...]) -> None:
    rows = await seven()
    assert await examined(Found(rows, *heads, rows=rows[:5])) == (5, None)


@pytest.mark.parametrize("heads", [(3, 3), (3, 4)])
async def test_a_row_that_no_head_knows_is_forged(heads: tuple[int, ...]) -> None:
    rows = await seven()
    _, wrong = await examined(Found(rows, *heads, rows=rows[:5]))
    assert wrong is not None


@pytest.mark.parametrize("number", [2, 5])
async def test_a_row_that_was_changed_is_found_before_the_head_and_behind_it(number: int) -> None:
    rows = await seven()
    changed = [replace(row, hash="x") if row.number == number else row for row in rows[:5]]
    _, wrong = await examined(Found(rows, 3, 5, rows=changed))
    assert wrong == f"row {number} was changed after it was written"


async def test_rows_that_were_cut_off_are_missed() -> None:
    rows = await seven()
    _, wrong = await examined(Found(rows, 5, 5, rows=rows[:4]))
    assert "rows were cut off" in str(wrong)
