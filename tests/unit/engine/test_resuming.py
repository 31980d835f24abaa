"""Nothing waits for ever: ladders repeat, promises are asked after, snoozes and windows end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.incident import IncidentState
from bot.engine import incidents
from bot.topology import Severity
from tests.ladder import Ladder
from tests.stage import BEN

pytestmark = pytest.mark.unit


@pytest.fixture
def ladder() -> Ladder:
    return Ladder()


async def test_an_unanswered_ladder_is_climbed_again_and_then_is_unowned(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.pass_time(hours=3, minutes=59)
    assert ladder.levels() == [1, 2, 3] * 4
    assert (await ladder.incident()).unowned_at is None
    await ladder.pass_time(minutes=2)
    incident = await ladder.incident()
    assert incident.unowned_at is not None
    assert "UNOWNED: the ladder was climbed 4 times" in await ladder.told()
    await ladder.pass_time(hours=10)
    assert len(ladder.levels()) == 12


async def test_an_unowned_one_can_still_be_taken(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.pass_time(hours=5)
    taken = await incidents.acknowledge(ladder.world, 1, BEN, via="Slack")
    assert (taken.state, taken.unowned_at) == (IncidentState.ACKNOWLEDGED, None)


async def test_a_promise_is_asked_after_and_silence_climbs_again(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.wake()
    await incidents.acknowledge(ladder.world, 1, BEN, via="Slack")
    await ladder.pass_time(minutes=31)
    assert "<@U0BEN>, are you still on it?" in await ladder.told()
    assert ladder.levels() == [1]
    await ladder.pass_time(minutes=10)
    assert (await ladder.incident()).state is IncidentState.OPEN
    assert ladder.levels() == [1, 1]


async def test_a_word_of_progress_keeps_the_promise(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.wake()
    await incidents.acknowledge(ladder.world, 1, BEN, via="Slack")
    for _ in range(4):
        await ladder.pass_time(minutes=35)
        await incidents.note(ladder.world, 1, BEN, "the replica catches up")
    assert (await ladder.incident()).state is IncidentState.ACKNOWLEDGED
    assert ladder.levels() == [1]


async def test_a_snooze_is_quiet_until_its_end(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.wake()
    until = ladder.clock.now() + timedelta(minutes=40)
    await incidents.snooze(ladder.world, 1, BEN, until=until, reason="vendor works on it")
    await ladder.pass_time(minutes=39)
    assert ladder.levels() == [1]
    await ladder.pass_time(minutes=17)
    assert ladder.levels() == [1, 1, 2]
    assert "vendor works on it" in await ladder.told()


async def test_one_that_cannot_go_on_keeps_no_other_from_it(
    ladder: Ladder, caplog: pytest.LogCaptureFixture
) -> None:
    for title in ("a", "b"):
        await ladder.alert(title)
    await ladder.pass_time(minutes=59)
    store = ladder.world.store.incidents
    climb = store.climb

    async def broken(number: int, *about: object, **more: object) -> object:
        if number == 1:
            raise RuntimeError("a bug")
        return await climb(number, *about, **more)  # type: ignore[arg-type]

    store.climb = broken  # type: ignore[method-assign, assignment]
    await ladder.escalator.wake()
    ladder.clock.advance(61)
    await ladder.escalator.wake()
    await ladder.escalator.drain(5)
    assert (await ladder.incident(2)).repeats == 1
    assert "I1 could not go on" in caplog.text


async def test_a_severity_that_pages_nobody_waits_for_office_hours(ladder: Ladder) -> None:
    await ladder.alert(severity=Severity.P4)
    await ladder.pass_time(hours=12)
    assert ladder.pager.pages == []
    assert await ladder.world.store.pages.stranded() == ()
