"""What the patrol cannot see is said once, not at every bad answer, and not of what is silent."""

from __future__ import annotations

import pytest

from bot.errors import OperationFailed, Temporary
from bot.topology import Colour
from tests.patrols import Night

pytestmark = pytest.mark.unit

BACKEND, ALL = "P3 watch:backend:blind", "P3 watch:*:blind"


@pytest.fixture
def night() -> Night:
    return Night()


async def passes_unanswered(night: Night, minutes: int, error: Exception | None = None) -> None:
    for _ in range(minutes):
        night.production.fail("metrics.minutes_of", error or Temporary("AWS is away"))  # type: ignore[arg-type]
        with pytest.raises((Temporary, OperationFailed)):
            await night.passes("o")
        night.clock.advance(60)


async def test_five_minutes_without_an_answer_are_one_incident(night: Night) -> None:
    await night.passes("oo")
    await passes_unanswered(night, 4)
    assert await night.unresolved() == []
    await passes_unanswered(night, 6)
    assert await night.unresolved() == [ALL]
    told = await night.told()
    assert (
        "Opened as P3: Production is not watched: CloudWatch has not told its traffic for 5 min"
        in told
    )
    assert "why: AWS is away; next: filmops check" in told
    assert (await night.incidents())[0].alerts == 1


async def test_it_ends_with_the_next_answer(night: Night) -> None:
    await night.passes("o")
    await passes_unanswered(night, 6, OperationFailed("AWS says no", code="denied"))
    assert await night.unresolved() == [ALL]
    await night.passes("o")
    assert await night.unresolved() == []
    assert "CloudWatch tells again." in await night.told()


async def test_never_having_seen_anything_is_the_checks_to_say(night: Night) -> None:
    await passes_unanswered(night, 8)
    assert await night.incidents() == ()


async def test_a_service_told_in_part_for_five_minutes_is_one_incident(night: Night) -> None:
    await night.passes("oo" + "xxxx", "hh" + "xxxx")
    assert await night.unresolved() == []
    await night.passes("xxxx", "xxxx")
    assert await night.unresolved() == [BACKEND]
    assert (await night.incidents())[0].alerts == 1
    await night.passes("o")
    assert await night.unresolved() == []


async def test_a_single_bad_answer_is_no_news_whatever_it_covers(night: Night) -> None:
    await night.passes("o" * 10)
    whole = dict(night.production.minutes)
    for colour in Colour:
        night.production.minutes["backend", colour] = []
        for _ in range(10):
            night.closes("x", colour, "backend")
    await night.passes("x", "x")
    night.production.minutes.update(whole)
    await night.passes("o")
    assert await night.incidents() == ()


async def test_a_service_that_is_silent_is_not_blind(night: Night) -> None:
    await night.passes("oo" + "h" * 10)
    await night.passes("-" * 10, "-" * 10)
    assert await night.incidents() == ()


async def test_one_that_was_silent_before_is_not_missed(night: Night) -> None:
    await night.passes("hhh" + "x" * 8, "hhh" + "x" * 8)
    assert await night.incidents() == ()


async def test_one_that_was_last_seen_days_ago_is_not_missed(night: Night) -> None:
    await night.passes("oo")
    night.sleeps(25 * 60)
    await night.passes("x" * 8, "x" * 8)
    assert await night.incidents() == ()


async def test_the_idle_colour_may_be_blind(night: Night) -> None:
    await night.passes("o" * 8, "x" * 8)
    assert await night.incidents() == ()


async def test_a_service_whose_groups_are_gone_is_not_watched(night: Night) -> None:
    await night.passes("o")
    for colour in Colour:
        del night.production.minutes["backend", colour]
    for _ in range(8):
        night.clock.advance(60)
        await night.round()
    assert await night.unresolved() == [BACKEND]
    assert "its load balancer or target groups are not there" in await night.told()
