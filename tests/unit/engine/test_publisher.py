"""Every card shows the latest state, sooner or later, once; and a run never waits for Slack."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from blocks.voice import BlockKitVoice
from bot.adapters.memory.tables import CardRow
from bot.domain.message import Message
from bot.domain.request import RequestState
from bot.domain.view import RequestView
from bot.engine.draw import DRAWERS, Drawer
from bot.engine.publisher import COALESCE, POSTS, REFUSED_AGAIN, UPDATES, Publisher
from bot.engine.world import World
from bot.errors import OperationFailed, Temporary
from bot.ports import Card, ThreadNote
from tests.stage import Stage

pytestmark = pytest.mark.unit

THREAD = "reminder:1"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def cards(stage: Stage) -> list[Message]:
    return [posted.message for posted in stage.chat.messages("ops-alerts")]


def thread(stage: Stage) -> list[str]:
    (card,) = stage.chat.messages("ops-alerts")
    return [said.message.text for said in stage.chat.messages("ops-alerts", thread=card.ts)]


async def noted(stage: Stage, key: str = THREAD, text: str = "still waiting") -> None:
    note = ThreadNote(key=key, subject="R1", message=Message(text=text))
    await stage.world.store.cards.note(note, stage.clock.now())


async def publish(stage: Stage, times: int = 1, *, every: float = 2.0) -> None:
    for _ in range(times):
        await stage.publisher.publish()
        stage.clock.advance(every)


async def test_a_request_is_posted_once_and_then_updated_in_place(stage: Stage) -> None:
    request = await stage.ask()
    await publish(stage)
    await stage.reject(request.id)
    await publish(stage, 3)
    (card,) = stage.chat.messages("ops-alerts")
    assert card.key == "request:1"
    assert "rejected" in card.message.text.lower()
    assert stage.chat.calls == ["post", "update"]


async def test_nothing_new_is_nothing_to_send(stage: Stage) -> None:
    assert await stage.publisher.publish() == 0
    await stage.ask()
    assert await stage.publisher.publish() == 1
    stage.clock.advance(60)
    assert await stage.publisher.publish() == 0


async def test_many_changes_within_a_moment_are_one_update(stage: Stage) -> None:
    await stage.ask()
    await stage.publisher.publish()
    for _ in range(5):
        stage.tables.want("R1")
        await stage.publisher.publish()
    assert stage.chat.calls == ["post"]
    stage.clock.advance(COALESCE.total_seconds())
    await stage.publisher.publish()
    assert stage.chat.calls == ["post", "update"]


async def test_the_budget_all_share_is_kept_and_the_rest_follows(stage: Stage) -> None:
    burst = int(POSTS[2])
    for _ in range(burst + 3):
        await stage.ask()
    await stage.publisher.publish()
    assert len(cards(stage)) == burst
    await publish(stage, 6)
    assert len(cards(stage)) == burst + 3


async def test_updates_have_a_budget_of_their_own(stage: Stage) -> None:
    for _ in range(5):
        await stage.ask()
    await publish(stage, 2)
    stage.chat.calls.clear()
    for number in range(1, 6):
        stage.tables.want(f"R{number}")
    await publish(stage)
    assert stage.chat.calls == ["update"] * 5
    assert UPDATES[0] != POSTS[0]


async def test_when_slack_says_later_it_is_later(stage: Stage) -> None:
    await stage.ask()
    stage.chat.fail("post", Temporary("ratelimited", retry_after=30))
    await stage.publisher.publish()
    stage.clock.advance(29)
    await stage.publisher.publish()
    assert stage.chat.calls == ["post"]
    stage.clock.advance(1)
    await stage.publisher.publish()
    assert len(cards(stage)) == 1


async def test_a_silent_slack_is_asked_ever_more_rarely_and_at_least_each_minute(
    stage: Stage,
) -> None:
    await stage.ask()
    stage.chat.fail("find", Temporary("away"), times=99)
    stage.chat.fail("post", Temporary("away"))
    asked: list[float] = []
    begun = stage.clock.now()
    for _ in range(400):
        before = len(stage.chat.calls)
        await stage.publisher.publish()
        if len(stage.chat.calls) > before:
            asked.append((stage.clock.now() - begun).total_seconds())
        stage.clock.advance(1)
    gaps = [later - sooner for sooner, later in itertools.pairwise(asked)]
    assert gaps == sorted(gaps)
    assert gaps[0] == 1
    assert gaps[-1] == 60


async def test_a_post_whose_answer_was_lost_is_found_and_not_sent_again(stage: Stage) -> None:
    request = await stage.ask()
    stage.chat.fail("post", Temporary("no answer"), after=True)
    await publish(stage)
    await stage.reject(request.id)
    await publish(stage, 3)
    (card,) = stage.chat.messages("ops-alerts")
    assert "rejected" in card.message.text.lower()
    assert stage.chat.calls.count("post") == 1


async def test_a_post_that_never_arrived_is_looked_for_and_then_sent(stage: Stage) -> None:
    await stage.ask()
    stage.chat.fail("post", Temporary("no connection"))
    await publish(stage, 3)
    assert stage.chat.calls[:3] == ["post", "find", "post"]
    assert len(cards(stage)) == 1


async def test_what_slack_refuses_for_good_waits_for_a_person_and_then_appears(
    stage: Stage,
) -> None:
    await stage.ask()
    stage.chat.fail("post", OperationFailed("no channel", code="channel_not_found", hint="Mend."))
    await stage.publisher.publish()
    stage.clock.advance(REFUSED_AGAIN.total_seconds() - 1)
    await stage.publisher.publish()
    assert stage.chat.calls == ["post"]
    stage.clock.advance(1)
    await stage.publisher.publish()
    assert len(cards(stage)) == 1


async def test_a_card_somebody_deleted_is_posted_anew_with_its_buttons(stage: Stage) -> None:
    await stage.ask()
    await publish(stage)
    stage.chat._posted.clear()
    stage.tables.want("R1")
    await publish(stage, 2)
    (card,) = stage.chat.messages("ops-alerts")
    assert card.key == "request:1"
    stage.tables.want("R1")
    await publish(stage, 2)
    (again,) = stage.chat.messages("ops-alerts")
    assert again.versions == (card.message,)


async def test_an_update_slack_refuses_otherwise_is_no_reason_for_a_second_card(
    stage: Stage,
) -> None:
    await stage.ask()
    await publish(stage)
    stage.chat.fail("update", OperationFailed("cannot", code="cant_update_message"))
    stage.tables.want("R1")
    await publish(stage, 2)
    assert stage.chat.calls == ["post", "update"]


async def test_a_slack_that_was_away_for_hours_gets_one_update_a_card(stage: Stage) -> None:
    run = await stage.started()
    await publish(stage)
    stage.chat.fail("update", Temporary("away", retry_after=7200))
    stage.tables.want("R1")
    await publish(stage)
    stage.traffic()
    await stage.world.jobs.step(run.id, 0, 0, run.resource)
    await stage.until_quiet()
    await publish(stage, 3)
    assert stage.chat.calls == ["post", "update"]
    stage.clock.advance(7200)
    await publish(stage, 3)
    (card,) = stage.chat.messages("ops-alerts")
    assert stage.chat.calls == ["post", "update", "update"]
    assert "R1 rollback backend: done" in card.message.text


async def test_a_note_comes_after_its_card_in_its_thread_once(stage: Stage) -> None:
    await stage.ask()
    await noted(stage)
    stage.chat.fail("post", Temporary("away"))
    await stage.publisher.publish()
    assert cards(stage) == []
    await publish(stage, 5)
    assert thread(stage) == ["still waiting"]


async def test_notes_keep_their_order_through_faults(stage: Stage) -> None:
    await stage.ask()
    await publish(stage)
    for number in range(3):
        await noted(stage, f"n{number}", f"note {number}")
    stage.chat.fail("post", Temporary("away"))
    await publish(stage, 8)
    assert thread(stage) == ["note 0", "note 1", "note 2"]


async def test_a_note_whose_answer_was_lost_is_found_and_not_sent_again(stage: Stage) -> None:
    await stage.ask()
    await publish(stage)
    await noted(stage)
    stage.chat.fail("post", Temporary("no answer"), after=True)
    await publish(stage, 4)
    assert thread(stage) == ["still waiting"]


async def test_a_note_that_never_arrived_is_sent_again(stage: Stage) -> None:
    await stage.ask()
    await publish(stage)
    await noted(stage)
    stage.chat.fail("post", Temporary("no connection"))
    await publish(stage, 4)
    assert thread(stage) == ["still waiting"]
    assert stage.chat.calls[-2:] == ["find", "post"]


async def test_notes_share_the_budget_of_posts(stage: Stage) -> None:
    await stage.ask()
    await publish(stage, every=10)
    for number in range(9):
        await noted(stage, f"n{number}", f"note {number}")
    await stage.publisher.publish()
    assert len(thread(stage)) == int(POSTS[2])
    await publish(stage, 8)
    assert len(thread(stage)) == 9


async def test_a_card_without_its_request_is_an_error_in_the_log_and_stops_nobody(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await stage.ask()
    await stage.ask()
    del stage.tables.requests[1]
    await publish(stage)
    assert len(cards(stage)) == 1
    assert "R1 has a card and no request" in caplog.text


async def test_a_card_claimed_by_a_dead_publisher_is_sent_when_its_lease_has_run_out(
    stage: Stage,
) -> None:
    await stage.ask()
    now = stage.clock.now()
    await stage.world.store.cards.claim(now=now, lease_until=now + timedelta(seconds=15))
    await stage.publisher.publish()
    assert cards(stage) == []
    stage.clock.advance(15)
    await stage.publisher.publish()
    assert len(cards(stage)) == 1
    assert (await stage.request()).state is RequestState.PLANNED


async def test_a_card_that_cannot_be_drawn_is_an_error_in_the_log_and_ends_no_worker(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await stage.ask()
    await stage.ask()

    class Hoarse(BlockKitVoice):
        """Has a bug in drawing the first request."""

        def card(self, view: RequestView) -> Message:
            if view.request.id == 1:
                raise ZeroDivisionError
            return super().card(view)

    await publish_with(stage, Hoarse())
    assert len(cards(stage)) == 1
    assert "the card of R1 could not be drawn" in caplog.text


async def publish_with(stage: Stage, voice: BlockKitVoice) -> None:
    await Publisher(replace(stage.world, voice=voice)).publish()


def opened(stage: Stage, subject: str) -> None:
    """The card of something that is no request."""
    card = Card(subject=subject, channel="ops-alerts", wanted=1, shown=0)
    stage.tables.cards[subject] = CardRow(card=card, changed=next(stage.tables.order))


async def incident(world: World, number: int) -> Message:
    return Message(text=f"incident {number} of {world.release}")


async def test_each_kind_of_subject_has_its_drawer_and_its_key(stage: Stage) -> None:
    await stage.ask()
    opened(stage, "I7")
    drawers = {**DRAWERS, "I": Drawer(kind="incident", draw=incident)}
    await Publisher(stage.world, drawers).publish()
    request, other = stage.chat.messages("ops-alerts")
    assert (request.key, other.key) == ("request:1", "incident:7")
    assert other.message.text == "incident 7 of test"


async def test_a_subject_of_a_later_release_is_an_error_in_the_log_and_stops_nobody(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    opened(stage, "X7")
    await stage.ask()
    await publish(stage)
    assert len(cards(stage)) == 1
    assert "card of X7: this release cannot draw X7" in caplog.text
