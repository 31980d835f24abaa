"""After a rollback: its card and the note to the team, once, and what is seen done is ticked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from blocks import ids
from bot.domain.afterwards import BOXES
from bot.domain.message import Message, View
from bot.domain.run import RunState
from bot.engine.afterwards import follow_up, remind_of_afterwards
from bot.engine.reconciler import tick
from bot.errors import Refused
from bot.topology import load
from handlers import ACTIONS
from tests.stage import ANA, BEN, CHLOE, EVE, SHIPPED, Stage, said
from tests.unit.blocks.seeing import buttons, good, good_view, read

pytestmark = pytest.mark.unit

ALL = [box.key for box in BOXES]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def quiet_stage() -> Stage:
    """No engineering channel."""
    topology = load(SHIPPED)
    studio = topology.studio.model_copy(update={"engineering_channel": None})
    return Stage(topology=topology.model_copy(update={"studio": studio}))


async def rolled_back(stage: Stage, text: str = "rollback backend v1.4.2 logs people out") -> None:
    """R1 has moved the backend back, asked for by Ana, approved by Ben."""
    stage.traffic()
    await stage.ask(text)
    await stage.approve(1)
    await stage.until_quiet()
    assert (await stage.run()).state is RunState.SUCCEEDED


async def published(stage: Stage) -> None:
    for _ in range(6):
        await stage.publisher.publish()
        stage.clock.advance(2)


async def card(stage: Stage) -> Message:
    """What is left to do, as the channel shows it."""
    await published(stage)
    shown = [post.message for post in stage.chat.messages("ops-alerts")]
    (found,) = [message for message in shown if message.text.startswith("After R1")]
    return good(found)


async def ticked(stage: Stage) -> dict[str, str]:
    return {tick.key: tick.actor for tick in await stage.world.store.ticks.of("A1")}


async def tick_all(stage: Stage, *keys: str, who: str = BEN) -> str:
    view = await ACTIONS[ids.CHECKLIST](stage.counter, stage.click(ids.CHECKLIST, "A1", who))
    assert isinstance(view, View)
    good_view(view)
    fields = {f"{ids.CHECKLIST_BOXES}.0": "\n".join(keys)}
    click = stage.click(ids.CHECKLIST_MODAL, view.payload["private_metadata"], who, **fields)
    return said(await ACTIONS[ids.CHECKLIST_MODAL](stage.counter, click))


# --- the card --------------------------------------------------------------------------------


async def test_a_rollback_is_followed_by_a_card_with_what_helps(stage: Stage) -> None:
    await stage.type("incident declare P1 backend logins fail", BEN)
    await stage.type("incident assign I1 chloe", BEN)
    await rolled_back(stage)
    assert await follow_up(stage.world) == 1
    words = read(await card(stage))
    assert "After R1 rollback backend: " in words
    assert "from blue (v1.4.2) back to green (v1.4.1)." in words
    assert "`/filmops incident publish I1 monitoring WORDS…`" in words
    assert "`/filmops incident report I1`" in words
    assert "`/filmops incident note I1 the post-mortem is on …`" in words
    assert "<@U0CHLOE>, what was it? `/filmops incident note I1 root cause: …`" in words
    assert buttons(await card(stage))[ids.CHECKLIST] == "A1"


async def test_it_comes_once_however_often_it_is_looked_and_with_one_note(stage: Stage) -> None:
    await rolled_back(stage)
    assert [await follow_up(stage.world) for _ in range(3)] == [1, 0, 0]
    await published(stage)
    await tick(stage.world)
    await published(stage)
    posts = [post.message.text for post in stage.chat.messages("ops-alerts")]
    assert len(posts) == 2
    assert len(stage.chat.messages("engineering")) == 1
    assert list(stage.tables.notes) == ["A1:cause"]


async def test_who_died_in_between_is_followed_by_who_does_the_rest(stage: Stage) -> None:
    await rolled_back(stage)
    await stage.world.store.cards.open("E1", "engineering")
    await stage.world.store.cards.open("A1", "ops-alerts")
    assert await follow_up(stage.world) == 1
    await published(stage)
    assert len(stage.chat.messages("engineering")) == 1
    assert list(stage.tables.notes) == ["A1:cause"]


async def test_the_owner_of_the_incident_is_asked_for_the_root_cause(stage: Stage) -> None:
    await stage.type("incident declare P2 backend logins fail", BEN)
    await stage.type("incident ack I1", CHLOE)
    await rolled_back(stage)
    await follow_up(stage.world)
    text = stage.tables.notes["A1:cause"].note.message.text
    assert text.startswith("<@U0CHLOE>: what was the root cause of what R1 rolled back?")
    assert "/filmops incident note I1 root cause: …" in text


async def test_without_an_incident_who_asked_is_asked_and_told_how_to_have_one(
    stage: Stage,
) -> None:
    await rolled_back(stage)
    await follow_up(stage.world)
    words = read(await card(stage))
    assert "<@U0ANA>, what was it?" in words
    assert "`/filmops incident declare P4 backend rolled back by R1`" in words


async def test_when_nobody_asked_for_it_whoever_knows_is_asked(stage: Stage) -> None:
    await rolled_back(stage)
    stage.tables.requests[1] = replace(await stage.request(), actor="filmops")
    await follow_up(stage.world)
    text = stage.tables.notes["A1:cause"].note.message.text
    assert text.startswith("Whoever knows what happened: what was the root cause")
    assert "☐ open: Document root cause\n      `/filmops incident note" in read(await card(stage))


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.ABORTED])
async def test_a_run_that_turned_round_is_followed_too_the_other_way_round(
    stage: Stage, state: RunState
) -> None:
    await rolled_back(stage)
    run = await stage.run()
    note = "Turned round at step 3: 12 % errors. Back on blue."
    stage.tables.runs[1] = replace(run, operation="deploy", turned=state, state=state, note=note)
    await follow_up(stage.world)
    words = read(await card(stage))
    assert "The deploy of backend turned round and went back. Turned round at step 3: 12 %" in words
    assert "HTTPS:443 default: blue 0, green 100 → *blue 100, green 0*" in words


@pytest.mark.parametrize(
    "about",
    [
        {"operation": "deploy"},
        {"state": RunState.FAILED},
        {"state": RunState.ABORTED},
        {"operation": "deploy", "turned": RunState.FAILED, "state": RunState.RUNNING},
    ],
)
async def test_what_did_not_go_back_is_not_followed(stage: Stage, about: dict[str, object]) -> None:
    await rolled_back(stage)
    stage.tables.runs[1] = replace(await stage.run(), **about)  # type: ignore[arg-type]
    assert await follow_up(stage.world) == 0


async def test_what_ended_long_ago_is_not_followed_any_more(stage: Stage) -> None:
    await rolled_back(stage)
    stage.clock.advance(86_401)
    assert await follow_up(stage.world) == 0


# --- ticking ---------------------------------------------------------------------------------


async def test_it_is_done_when_everything_is_ticked_by_whoever_did_it(stage: Stage) -> None:
    await rolled_back(stage)
    await follow_up(stage.world)
    assert "5 of 5 left to do" in read(await card(stage))
    await tick(stage.world)
    answer = await tick_all(stage, "engineering", "report", "postmortem", who=CHLOE)
    assert answer == "After R1: still open: Update status page and Document root cause."
    assert "2 of 5 left to do" in read(await card(stage))
    await tick_all(stage, *ALL)
    shown = await card(stage)
    assert "✅ After R1 rollback backend: all is done" in read(shown)
    assert "☑ Document root cause: ticked by <@U0BEN>" in read(shown)
    assert "/filmops incident" not in read(shown)
    found = await ticked(stage)
    assert (found["report"], found["root_cause"]) == (CHLOE, BEN)


async def test_an_auditor_may_not_tick_and_a_card_that_is_not_there_has_no_boxes(
    stage: Stage,
) -> None:
    await rolled_back(stage)
    with pytest.raises(Refused, match="carries no checklist"):
        await tick_all(stage, *ALL)
    await follow_up(stage.world)
    with pytest.raises(Refused) as refused:
        await tick_all(stage, *ALL, who=EVE)
    assert refused.value.code == "not_permitted"
    assert await ticked(stage) == {}


async def test_what_a_system_has_seen_done_is_ticked_by_it_and_says_why(stage: Stage) -> None:
    await stage.type("incident declare P2 backend logins fail", BEN)
    await rolled_back(stage)
    await follow_up(stage.world)
    await stage.type("incident publish I1 monitoring Logins work again.", ANA)
    await stage.type("incident report I1", EVE)
    assert await ticked(stage) == {"status_page": "filmops", "report": "filmops"}
    because = [r.entry.detail["because"] for r in await stage.rows() if "because" in r.entry.detail]
    assert because == ["I1 was published as monitoring", "the report of I1 was asked for"]
    assert "ticked by filmops" in read(await card(stage))


async def test_what_was_done_before_the_card_came_counts(stage: Stage) -> None:
    await stage.type("incident declare P2 backend logins fail", BEN)
    await stage.started()
    await stage.type("incident publish I1 identified We go back.", ANA)
    assert await ticked(stage) == {"status_page": "filmops"}


async def test_what_is_done_for_another_service_or_before_ticks_nothing(stage: Stage) -> None:
    await stage.type("incident declare P2 backend logins fail", BEN)
    await stage.type("incident publish I1 investigating We look.", ANA)
    await rolled_back(stage)
    await stage.type("incident declare P2 backend-staging is slow", BEN)
    await stage.type("incident declare P2 it is not known where", BEN)
    await stage.type("incident report I2", ANA)
    await stage.type("incident report I3", ANA)
    assert await ticked(stage) == {}
    stage.clock.advance(8 * 86_400)
    await stage.type("incident report I1", ANA)
    assert await ticked(stage) == {}


# --- the team --------------------------------------------------------------------------------


async def test_the_team_is_told_once_and_that_ticks_its_box(stage: Stage) -> None:
    await rolled_back(stage)
    await follow_up(stage.world)
    assert await ticked(stage) == {}
    await published(stage)
    (post,) = stage.chat.messages("engineering")
    words = read(good(post.message))
    assert "backend was rolled back" in words
    assert "from blue (v1.4.2) back to green (v1.4.1)." in words
    assert "R1 by <@U0ANA>, approved by <@U0BEN>: v1.4.2 logs people out" in words
    assert "`/filmops show R1` in #ops-alerts" in words
    await follow_up(stage.world)
    rows = len(await stage.rows())
    await follow_up(stage.world)
    assert await ticked(stage) == {"engineering": "filmops"}
    assert len(await stage.rows()) == rows


async def test_without_such_a_channel_a_person_says_it() -> None:
    stage = quiet_stage()
    await rolled_back(stage)
    await follow_up(stage.world)
    words = read(await card(stage))
    await follow_up(stage.world)
    assert "with `studio.engineering_channel` FilmOps does" in words
    assert stage.chat.messages("engineering") == []
    assert await ticked(stage) == {}


# --- the reminder ----------------------------------------------------------------------------


async def test_a_day_later_it_is_reminded_of_once_what_is_still_open(stage: Stage) -> None:
    await rolled_back(stage)
    await follow_up(stage.world)
    await tick_all(stage, "status_page", "engineering", "report")
    stage.clock.advance(86_000)
    assert await remind_of_afterwards(stage.world) == 0
    stage.clock.advance(500)
    assert [await remind_of_afterwards(stage.world) for _ in range(2)] == [1, 0]
    text = stage.tables.notes["A1:reminder"].note.message.text
    assert text.startswith("<@U0ANA>: a day after R1 this is still open: Schedule post-mortem")
    assert "and Document root cause." in text


async def test_what_is_done_or_was_never_opened_is_not_reminded_of(stage: Stage) -> None:
    await rolled_back(stage)
    stage.clock.advance(timedelta(days=1, minutes=1).total_seconds())
    assert await remind_of_afterwards(stage.world) == 0
    await stage.world.store.cards.open("A1", "ops-alerts")
    await tick_all(stage, *ALL)
    assert await remind_of_afterwards(stage.world) == 0
