"""A page that PagerDuty accepted must be seen to be somebody's, or the next level is paged."""

from __future__ import annotations

import pytest

from bot.domain.incident import IncidentState, PageState
from bot.errors import ConfigurationError, Temporary
from tests.ladder import Ladder
from tests.stage import BEN

pytestmark = pytest.mark.unit


@pytest.fixture
def ladder() -> Ladder:
    return Ladder()


async def test_it_is_said_whom_a_page_reached(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.pass_time(seconds=6)
    (page, *_) = await ladder.pages()
    assert (page.state, page.reached) == (PageState.CONFIRMED, ("Ana",))
    assert "Level 1's page reached Ana." in await ladder.told()


async def test_accepted_and_made_nothing_of_is_unconfirmed_and_the_next_level_is_paged(
    ladder: Ladder,
) -> None:
    ladder.pager.rota[0] = None
    await ladder.alert()
    await ladder.pass_time(seconds=44)
    assert ladder.levels() == []
    await ladder.pass_time(seconds=3)
    assert ladder.levels() == [2]
    assert "Level 1's page is UNCONFIRMED: PagerDuty accepted it and made no incident of it" in (
        await ladder.told()
    )


async def test_a_pagerduty_that_cannot_be_asked_is_no_evidence(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.wake()
    ladder.pager.failing = Temporary("PagerDuty does not answer")
    await ladder.pass_time(minutes=5)
    assert (await ladder.pages())[0].state is PageState.SENT
    ladder.pager.failing = None
    await ladder.pass_time(seconds=6)
    assert (await ladder.pages())[0].state is PageState.CONFIRMED


async def test_without_a_token_a_page_stays_sent(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.wake()
    ladder.pager.failing = ConfigurationError(["PAGERDUTY_API_TOKEN is not set"])
    await ladder.pass_time(minutes=14)
    assert [page.state for page in await ladder.pages()][:2] == [PageState.SENT, PageState.ARMED]


async def test_an_answer_on_the_phone_is_seen_by_the_look(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.wake()
    ladder.pager.picked_up(ladder.rung()[0].key, "Ben Larsen")
    await ladder.pass_time(seconds=6)
    incident = await ladder.incident()
    assert (incident.state, incident.acked_by) == (IncidentState.ACKNOWLEDGED, BEN)
    assert incident.acked_via == "PagerDuty"


async def test_resolved_on_the_phone_is_resolved_here(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.wake()
    ladder.pager.closed(ladder.rung()[0].key)
    await ladder.pass_time(seconds=6)
    assert (await ladder.incident()).state is IncidentState.RESOLVED
