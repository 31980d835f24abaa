"""What was acknowledged or resolved here is known to PagerDuty, sooner or later, once."""

from __future__ import annotations

import pytest

from bot.engine.incidents import acknowledge, resolve
from bot.errors import OperationFailed, Temporary
from tests.ladder import Ladder
from tests.stage import BEN

pytestmark = pytest.mark.unit


@pytest.fixture
def ladder() -> Ladder:
    return Ladder()


async def status(ladder: Ladder, key: str) -> str:
    found = await ladder.pager.find(key)
    assert found is not None
    return str(found.status)


async def test_every_level_that_rings_is_told_of_a_resolution(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.pass_time(minutes=16)
    await resolve(ladder.world, 1, BEN, via="Slack", text="deployed again")
    await ladder.wake()
    assert {await status(ladder, page.key) for page in ladder.rung()} == {"resolved"}
    assert "Resolved by <@U0BEN> (Slack). deployed again" in await ladder.told()
    assert ladder.pager.notes[0][1] == "Resolved by Ben Larsen (FilmOps I1)."


async def test_a_pagerduty_that_is_away_is_told_when_it_is_back(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.pass_time(seconds=6)
    ladder.pager.failing = Temporary("PagerDuty does not answer")
    await acknowledge(ladder.world, 1, BEN, via="Slack")
    await ladder.pass_time(minutes=10)
    ladder.pager.failing = None
    await ladder.pass_time(seconds=61)
    assert await status(ladder, ladder.rung()[0].key) == "acknowledged"


async def test_one_that_asks_to_wait_is_given_that_time(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.wake()
    ladder.pager.failing = Temporary("PagerDuty asks us to wait", retry_after=40)
    await acknowledge(ladder.world, 1, BEN, via="Slack")
    await ladder.wake()
    ladder.pager.failing = None
    await ladder.pass_time(seconds=39)
    assert await status(ladder, ladder.rung()[0].key) == "triggered"
    await ladder.pass_time(seconds=2)
    assert await status(ladder, ladder.rung()[0].key) == "acknowledged"


async def test_what_pagerduty_never_made_an_incident_of_is_given_up(ladder: Ladder) -> None:
    ladder.pager.rota[0] = None
    await ladder.alert()
    await ladder.wake()
    await acknowledge(ladder.world, 1, BEN, via="Slack")
    await ladder.pass_time(minutes=5)
    assert (await ladder.pages())[0].tell_at is None


async def test_what_pagerduty_refuses_is_given_up_after_some_tries(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.wake()
    await acknowledge(ladder.world, 1, BEN, via="Slack")
    ladder.pager.failing = OperationFailed("PagerDuty refused (400)", code="400")
    await ladder.pass_time(minutes=5)
    assert (await ladder.pages())[0].tell_at is None
