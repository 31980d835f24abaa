"""A level is paged when it is due, once, whatever PagerDuty says to it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.incident import PageState
from bot.engine.incidents import acknowledge
from bot.engine.paging import LEASE_SECONDS
from bot.errors import ConfigurationError, Temporary
from tests.ladder import Ladder
from tests.stage import BEN

pytestmark = pytest.mark.unit


@pytest.fixture
def ladder() -> Ladder:
    return Ladder()


async def test_the_levels_are_paged_at_0_15_and_30_minutes(ladder: Ladder) -> None:
    incident = await ladder.alert()
    await ladder.pass_time(minutes=59)
    paged = [(page.level, page.first_at) for page in await ladder.pages()]
    began = incident.opened_at
    assert paged == [(n + 1, began + timedelta(minutes=15 * n)) for n in range(3)]
    assert ladder.levels() == [1, 2, 3]
    summary = ladder.rung()[0].summary
    assert summary == "[P1] I1 logins fail"
    assert "/filmops incident ack I1" in ladder.rung()[0].detail["next"]


async def test_an_acknowledgement_ends_the_climb_and_quiets_what_rings(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.pass_time(minutes=16)
    await acknowledge(ladder.world, 1, BEN, via="Slack")
    await ladder.pass_time(minutes=20)
    assert ladder.levels() == [1, 2]
    there = [await ladder.pager.find(page.key) for page in ladder.rung()]
    assert {found.status for found in there if found} == {"acknowledged"}


async def test_two_levels_overdue_page_the_higher_and_say_so(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.wake()
    ladder.clock.advance(31 * 60)
    await ladder.wake()
    assert ladder.levels() == [1, 3]
    assert [page.state for page in await ladder.pages()][1] is PageState.SUPERSEDED
    assert "Level 2 is not paged any more" in await ladder.told()


async def test_a_level_that_is_stuck_holds_no_other_up(ladder: Ladder) -> None:
    ladder.pager.stuck[1] = Temporary("PagerDuty answered 500")
    await ladder.alert()
    await ladder.pass_time(minutes=16)
    assert ladder.levels() == [2]
    del ladder.pager.stuck[1]
    await ladder.pass_time(seconds=31)
    assert ladder.levels() == [2, 1]
    assert (await ladder.told()).count("Level 1 could not be paged yet") == 1


async def test_a_throttled_page_waits_as_long_as_it_is_told_to(ladder: Ladder) -> None:
    ladder.pager.stuck[1] = Temporary("PagerDuty asks us to wait", retry_after=30)
    await ladder.alert()
    await ladder.wake()
    ladder.pager.stuck.clear()
    await ladder.pass_time(seconds=29)
    assert ladder.levels() == []
    await ladder.pass_time(seconds=2)
    assert ladder.levels() == [1]


async def test_a_page_pagerduty_will_never_take_goes_to_the_next_level_at_once(
    ladder: Ladder,
) -> None:
    ladder.pager.stuck[1] = ConfigurationError(["PAGERDUTY_ROUTING_KEY_L1: Invalid routing key"])
    await ladder.alert()
    await ladder.pass_time(seconds=5)
    assert ladder.levels() == [2]
    assert "CANNOT BE PAGED" in await ladder.told()
    assert "Invalid routing key" in await ladder.told()


async def test_a_level_nobody_is_on_call_on_is_skipped_aloud(ladder: Ladder) -> None:
    ladder.pager.rota[0] = None
    await ladder.world.roster.refresh()
    await ladder.alert()
    await ladder.pass_time(seconds=5)
    assert ladder.levels() == [2]
    assert "Level 1 is SKIPPED: nobody is on call there" in await ladder.told()


async def test_old_news_of_who_is_on_call_skips_nobody(ladder: Ladder) -> None:
    ladder.pager.rota[0] = None
    await ladder.world.roster.refresh()
    ladder.pager.rota[0] = "Ana"
    ladder.clock.advance(121)
    await ladder.alert()
    await ladder.wake()
    assert ladder.levels() == [1]


async def test_the_last_level_is_paged_even_if_nobody_seems_to_be_there(ladder: Ladder) -> None:
    ladder.pager.rota[:] = [None, None, None]
    await ladder.world.roster.refresh()
    await ladder.alert()
    await ladder.pass_time(seconds=5)
    assert [page.level for page in ladder.pager.pages] == [3]


async def test_a_page_whose_sender_died_is_looked_for_before_it_is_sent_again(
    ladder: Ladder,
) -> None:
    await ladder.alert()
    store, now = ladder.world.store.pages, ladder.clock.now()
    until = now + timedelta(seconds=LEASE_SECONDS)
    (page,) = await store.claim(owner="dead", free={1: 1}, now=now, lease_until=until)
    await ladder.pager.page(key=page.key, level=1, summary="as the dead one sent it", detail={})
    await ladder.wake()
    assert len(ladder.pager.pages) == 1
    ladder.clock.advance(LEASE_SECONDS)
    await ladder.wake()
    assert len(ladder.pager.pages) == 1
    assert (await ladder.pages())[0].state is PageState.SENT


async def test_a_scheduler_that_was_asleep_sends_nothing(ladder: Ladder) -> None:
    await ladder.alert()
    store, paging = ladder.world.store.pages, ladder.escalator.paging
    claimed = store.claim

    async def slow(**asked: object) -> object:
        pages = await claimed(**asked)  # type: ignore[arg-type]
        ladder.clock.advance(LEASE_SECONDS)
        return pages

    store.claim = slow  # type: ignore[method-assign, assignment]
    await paging.send_due()
    await paging.drain(1)
    assert ladder.pager.pages == []


async def test_an_hour_without_slack_delays_no_page_and_the_card_catches_up(
    ladder: Ladder,
) -> None:
    ladder.chat.fail("post", Temporary("Slack answers 500"), times=1000)
    began = (await ladder.alert()).opened_at
    for _ in range(60):
        await ladder.pass_time(minutes=1)
        await ladder.publisher.publish()
    paged = [page.first_at for page in (await ladder.pages())[:3]]
    assert paged == [began + timedelta(minutes=15 * level) for level in range(3)]
    assert ladder.chat.messages("ops-alerts") == []
    ladder.chat.heal()
    for _ in range(40):
        ladder.clock.advance(5)
        await ladder.publisher.publish()
    (card,) = ladder.chat.messages("ops-alerts")
    assert "I1" in card.message.text
    thread = ladder.chat.messages("ops-alerts", thread=card.ts)
    lines = (await ladder.told()).splitlines()
    assert len(thread) == len(lines)
