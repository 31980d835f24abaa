"""One delivery to its one answer, whatever goes wrong on the way; and never carried out twice."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest

from blocks import ids
from bot.adapters.memory.inbox import MemoryInbox
from bot.domain.message import Message
from bot.engine.click import Action, Click, Counter, Reply, number
from bot.engine.desk import ANSWER_TRIES, LEASE, SERVED_AT_MOST, Desk
from bot.errors import OperationFailed, Refused, Temporary, UserError
from bot.ports import Delivery
from handlers import ACTIONS
from tests.stage import ANA, BEN, NOBODY, Stage
from tests.unit.blocks.seeing import good, read

pytestmark = pytest.mark.unit

URL = "https://hooks.slack.example/1"


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def unhurried_answers(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits between two tries of an answer pass at once; these were they."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return waited


def command(text: str, who: str = ANA, *, url: str = URL, guest: bool = False) -> Delivery:
    payload = {
        "user": who,
        "team": "T1",
        "channel": "C1",
        "text": text,
        "response_url": url,
        "guest": guest,
    }
    return Delivery(key=f"command:{text}", kind="command", payload=payload)


def click(
    action: str, value: str = "", who: str = BEN, *, url: str = URL, **more: object
) -> Delivery:
    payload = {
        "user": who,
        "team": "T1",
        "action": action,
        "value": value,
        "response_url": url,
        "trigger_id": "1.2",
        **more,
    }
    return Delivery(key=f"action:{action}:{value}:{who}", kind="action", payload=payload)


async def served(stage: Stage, delivery: Delivery, desk: Desk | None = None) -> Message:
    """The one answer to a delivery that has come through the inbox."""
    await stage.world.store.inbox.take(delivery, stage.clock.now())
    desk = desk or stage.desk
    (claimed,) = await desk.claim(5)
    await desk.serve(claimed)
    assert await desk.claim(5) == ()
    (answer,) = stage.chat.responses.pop(URL)
    return good(answer)


def with_action(stage: Stage, action: Action) -> Desk:
    actions: Mapping[str, Action] = {"try": action}
    return Desk(stage.world, stage.dispatch, actions)


def raising(error: Exception) -> Action:
    async def action(counter: Counter, click: Click) -> Reply:
        raise error

    return action


async def test_a_command_is_answered_to_whoever_typed_it(stage: Stage) -> None:
    assert "Backend API" in read(await served(stage, command("status")))


async def test_a_change_says_where_it_waits(stage: Stage) -> None:
    assert "R1" in read(await served(stage, command("rollback backend")))
    assert (await stage.request()).actor == ANA


async def test_an_obstacle_is_told_with_what_clears_it(stage: Stage) -> None:
    await stage.started()
    words = read(await served(stage, command("rollback backend")))
    assert "R1 (rollback) is running" in words
    assert "/filmops show R1" in words


async def test_a_lock_is_said_to_the_team(stage: Stage) -> None:
    delivery = command("lock backend debugging")
    await stage.world.store.inbox.take(delivery, stage.clock.now())
    (claimed,) = await stage.desk.claim(1)
    await stage.desk.serve(claimed)
    (posted,) = stage.chat.messages("ops-alerts")
    assert posted.key == delivery.key
    assert stage.chat.responses == {}


@pytest.mark.parametrize("after", [True, False])
async def test_what_is_said_to_the_team_is_said_once_though_an_answer_is_lost(
    stage: Stage, unhurried_answers: list[float], after: bool
) -> None:
    stage.chat.fail("post", Temporary("no answer"), times=1, after=after)
    await stage.desk.serve(command("lock backend debugging"))
    assert len(stage.chat.messages("ops-alerts")) == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UserError("No such thing.", hint="/filmops help"), "/filmops help"),
        (Refused("Not now.", code="busy", hint="/filmops show R1"), "Not now."),
        (OperationFailed("AWS said no.", hint="Mend the role."), "Mend the role."),
        (Temporary("AWS is away."), "Not now: AWS is away."),
        (Temporary("AWS is away."), "*Try:* Again in a moment."),
        (Temporary("Away.", hint="Look at its status page."), "Look at its status page."),
    ],
)
async def test_every_error_is_answered_with_what_to_do(
    stage: Stage, error: Exception, words: str
) -> None:
    answer = await served(stage, click("try"), with_action(stage, raising(error)))
    assert words in read(answer)


async def test_a_bug_is_answered_with_a_number_that_is_in_the_log(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    desk = with_action(stage, raising(KeyError("secret detail")))
    words = read(await served(stage, click("try"), desk))
    (record,) = [r for r in caplog.records if "while serving" in r.getMessage()]
    shown = record.getMessage().split()[1]
    assert shown in words
    assert "secret detail" not in words
    assert record.exc_info is not None


async def test_a_guest_is_not_listened_to(stage: Stage) -> None:
    words = read(await served(stage, command("rollback backend", guest=True)))
    assert "guest from another workspace" in words
    assert stage.tables.requests == {}
    assert stage.tables.audit == []


async def test_somebody_without_a_role_is_told_so(stage: Stage) -> None:
    assert "no role" in read(await served(stage, command("status", NOBODY)))


@pytest.mark.parametrize("action", ["", "filmops.explode", "x" * 255])
async def test_a_button_of_another_release_says_that_it_does_nothing(
    stage: Stage, action: str
) -> None:
    assert "from another release" in read(await served(stage, click(action)))


@pytest.mark.parametrize("value", ["", "R1", "1.5", "-1", "²", "9" * 16, "1 OR 1=1"])
@pytest.mark.parametrize("action", [ids.APPROVE, ids.ABORT, ids.RESUME, ids.HOME_SHOW])
async def test_a_button_with_a_forged_value_decides_nothing(
    stage: Stage, action: str, value: str
) -> None:
    await stage.ask()
    assert "carries no request" in read(await served(stage, click(action, value)))


async def test_a_button_carries_digits_and_nothing_else(stage: Stage) -> None:
    assert number(stage.click(ids.APPROVE, "042")) == 42


async def test_an_action_that_says_nothing_is_not_answered(stage: Stage) -> None:
    async def quiet(counter: Counter, click: Click) -> Reply:
        return None

    await with_action(stage, quiet).serve(click("try"))
    assert stage.chat.calls == []


async def test_without_a_response_url_only_the_person_sees_the_answer(stage: Stage) -> None:
    await stage.desk.serve(command("help", url=""))
    ((channel, who, answer),) = stage.chat.ephemerals
    assert (channel, who) == ("ops-alerts", ANA)
    assert "/filmops rollback" in read(answer)


async def test_a_dialog_opens_with_the_click_and_the_home_tab_for_its_owner(
    stage: Stage,
) -> None:
    await stage.desk.serve(click(ids.HOME_ROLLBACK))
    assert list(stage.chat.views) == ["V000001"]
    assert stage.chat.used_triggers == {"1.2"}
    await stage.desk.serve(click("app_home_opened"))
    assert list(stage.chat.homes) == [BEN]


async def test_a_dialog_sent_off_asks_for_the_change(stage: Stage) -> None:
    values = {ids.ROLLBACK_SERVICE: "backend", ids.ROLLBACK_REASON: "slow"}
    delivery = click(ids.ROLLBACK_MODAL, values=values, url="")
    await stage.desk.serve(delivery)
    assert (await stage.request()).reason == "slow"
    assert len(stage.chat.ephemerals) == 1


# --- Slack away while answering --------------------------------------------------------------


async def test_an_answer_is_tried_again_until_slack_takes_it(
    stage: Stage, unhurried_answers: list[float]
) -> None:
    stage.chat.fail("respond", Temporary("away"), times=2)
    stage.chat.fail("respond", Temporary("ratelimited", retry_after=7))
    await stage.desk.serve(command("help"))
    assert unhurried_answers == [1, 2, 7]
    assert len(stage.chat.responses[URL]) == 1


async def test_an_answer_slack_never_takes_is_given_up_and_nothing_done_twice(
    stage: Stage, unhurried_answers: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    stage.chat.fail("respond", Temporary("away"), times=99)
    delivery = command("rollback backend")
    await stage.world.store.inbox.take(delivery, stage.clock.now())
    (claimed,) = await stage.desk.claim(1)
    await stage.desk.serve(claimed)
    assert stage.chat.calls == ["respond"] * ANSWER_TRIES
    assert "was not taken: away" in caplog.text
    stage.clock.advance(LEASE.total_seconds() * 2)
    assert await stage.desk.claim(1) == ()
    assert len(stage.tables.requests) == 1


async def test_an_answer_slack_refuses_is_a_line_in_the_log(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.chat.fail("respond", OperationFailed("used up", code="used_url"))
    await stage.desk.serve(command("help"))
    assert "used up" in caplog.text
    assert stage.chat.calls == ["respond"]


async def test_a_dialog_too_late_for_its_click_is_a_line_in_the_log(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.chat.fail("open_view", OperationFailed("too late", code="expired_trigger_id"))
    await stage.desk.serve(click(ids.HOME_ROLLBACK))
    assert "too late" in caplog.text


async def test_a_bug_while_answering_does_not_end_the_worker(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    delivery = click(ids.HOME_STATUS)
    broken = {key: value for key, value in delivery.payload.items() if key != "user"}
    await stage.desk.serve(Delivery(key="k", kind="action", payload={**broken, "response_url": ""}))
    assert "the answer to k failed" in caplog.text


# --- the inbox -------------------------------------------------------------------------------


async def test_what_a_dead_worker_left_is_handed_over_when_its_lease_has_run_out(
    stage: Stage,
) -> None:
    await stage.world.store.inbox.take(command("help"), stage.clock.now())
    assert len(await stage.desk.claim(1)) == 1
    stage.clock.advance(LEASE.total_seconds() - 1)
    assert await stage.desk.claim(1) == ()
    stage.clock.advance(1)
    assert len(await stage.desk.claim(1)) == 1


async def test_a_delivery_that_three_workers_left_is_answered_and_not_served(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    delivery = command("lock backend debugging")
    await stage.world.store.inbox.take(delivery, stage.clock.now())
    for _ in range(SERVED_AT_MOST):
        assert len(await stage.desk.claim(1)) == 1
        stage.clock.advance(LEASE.total_seconds())
    words = read(await served(stage, delivery))
    assert "could not be carried out: 3 workers began it and none finished it" in words
    assert "`/filmops operations`" in words
    assert await stage.world.store.locks.held(stage.clock.now()) == ()
    assert "was served 3 times and never to its end" in caplog.text
    stage.clock.advance(LEASE.total_seconds())
    assert await stage.desk.claim(1) == ()


async def test_a_database_that_goes_away_before_the_end_leaves_the_delivery_to_be_claimed(
    stage: Stage,
) -> None:
    class Away(MemoryInbox):
        async def done(self, key: str, now: datetime) -> None:
            raise Temporary("the database is away")

    world = replace(stage.world, store=replace(stage.world.store, inbox=Away(stage.tables)))
    desk = Desk(world, stage.dispatch, ACTIONS)
    await stage.world.store.inbox.take(command("help"), stage.clock.now())
    (claimed,) = await desk.claim(1)
    with pytest.raises(Temporary):
        await desk.serve(claimed)
    assert stage.chat.responses == {}
    stage.clock.advance(LEASE.total_seconds())
    assert len(await stage.desk.claim(1)) == 1


async def test_a_click_delivered_twice_counts_once(stage: Stage) -> None:
    await stage.ask()
    await served(stage, click(ids.APPROVE, "1"))
    await stage.world.store.inbox.take(click(ids.APPROVE, "1"), stage.clock.now())
    assert await stage.desk.claim(1) == ()
    again = Delivery(key="other", kind="action", payload=click(ids.APPROVE, "1").payload)
    assert "answered R1 already" in read(await served(stage, again))
    assert len((await stage.request()).approvals) == 1
