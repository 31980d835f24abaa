"""Loops go on through outages of the outside world, end at `stop`, and do not hide a bug."""

from __future__ import annotations

import asyncio

import pytest

from bot.entrypoints.rounds import every, on_word, rest, tried
from bot.errors import OperationFailed, Temporary

pytestmark = pytest.mark.unit


class Counted:
    """Does something `times` times and then says stop; fails as told."""

    def __init__(self, stop: asyncio.Event, times: int, error: Exception | None = None) -> None:
        self.stop, self.times, self.error, self.done = stop, times, error, 0

    async def do(self) -> None:
        self.done += 1
        if self.done >= self.times:
            self.stop.set()
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize("error", [None, Temporary("away"), OperationFailed("denied")])
async def test_it_is_done_again_and_again_through_faults(error: Exception | None) -> None:
    stop = asyncio.Event()
    counted = Counted(stop, 3, error)
    await every(0.001, stop, "counting", counted.do)
    assert counted.done == 3


async def test_a_bug_ends_the_loop() -> None:
    stop = asyncio.Event()
    with pytest.raises(KeyError):
        await every(0.001, stop, "counting", Counted(stop, 3, KeyError("bug")).do)


async def test_nothing_is_begun_after_a_stop() -> None:
    stop = asyncio.Event()
    stop.set()
    counted = Counted(stop, 1)
    await every(0.001, stop, "counting", counted.do)
    assert counted.done == 0


async def test_it_is_done_at_each_word() -> None:
    stop = asyncio.Event()
    nets: list[float] = []

    async def word(net_seconds: float) -> None:
        nets.append(net_seconds)

    counted = Counted(stop, 4)
    await on_word(word, stop, "counting", counted.do, net_seconds=7)
    assert counted.done == 4
    assert set(nets) == {7}


async def test_a_word_that_never_comes_does_not_keep_a_process_from_stopping() -> None:
    stop = asyncio.Event()

    async def word(net_seconds: float) -> None:
        stop.set()
        await asyncio.Event().wait()

    counted = Counted(stop, 99)
    async with asyncio.timeout(20):
        await on_word(word, stop, "counting", counted.do)
    assert counted.done == 1


async def test_a_fault_is_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise Temporary("the database is away")

    await tried("publishing", fails)
    assert "publishing: the database is away" in caplog.text


async def test_a_rest_ends_with_its_time_or_with_the_stop() -> None:
    stop = asyncio.Event()
    await rest(stop, 0.001)
    assert not stop.is_set()
    stop.set()
    async with asyncio.timeout(20):
        await rest(stop, 9_999)
