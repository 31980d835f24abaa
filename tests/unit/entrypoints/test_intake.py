"""Whatever Slack sends becomes one delivery, under a key that two deliveries never share."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks import ids
from bot.entrypoints import intake
from bot.entrypoints.intake import MOST, Intake
from bot.ports import Delivery
from tests.stage import Stage
from tests.unit.blocks.seeing import unhurried

pytestmark = pytest.mark.unit

COMMAND = {
    "user_id": "U0ANA",
    "team_id": "T1",
    "channel_id": "C1",
    "text": "status",
    "response_url": "https://hooks.example/1",
    "trigger_id": "1.2.abc",
}
CLICK = {
    "type": "block_actions",
    "user": {"id": "U0BEN", "team_id": "T1"},
    "team": {"id": "T1"},
    "channel": {"id": "C1"},
    "container": {"message_ts": "1700000000.1"},
    "actions": [{"action_id": ids.APPROVE, "value": "42", "action_ts": "1700000001.2"}],
    "response_url": "https://hooks.example/2",
    "trigger_id": "2.3.abc",
}
VIEW = {
    "user": {"id": "U0BEN", "team_id": "T1"},
    "view": {
        "id": "V1",
        "type": "modal",
        "hash": "h1",
        "callback_id": ids.ROLLBACK_MODAL,
        "private_metadata": "7",
        "state": {
            "values": {
                "a": {ids.ROLLBACK_SERVICE: {"selected_option": {"value": "backend"}}},
                "b": {ids.ROLLBACK_REASON: {"type": "plain_text_input", "value": "slow"}},
                "f": {
                    "boxes": {
                        "type": "checkboxes",
                        "selected_options": [{"value": "plan"}, {"value": "told"}, "odd"],
                    },
                    "none": {"type": "checkboxes", "selected_options": []},
                },
                "c": {"empty": {"type": "plain_text_input", "value": None}},
                "d": {"odd": ["not an element"]},
                "e": "not inputs",
            }
        },
    },
}
EVENT = {"team_id": "T1", "event_id": "Ev1", "event": {"user": "U0ANA", "type": "app_home_opened"}}
READERS = [intake.command, intake.click, intake.submission, intake.home_opened]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["user", "team", "view", "actions", "state", "values", "id", "event"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


def test_a_command_is_kept_with_what_its_answer_needs() -> None:
    delivery = intake.command(COMMAND)
    assert (delivery.kind, delivery.key) == ("command", "command:1.2.abc")
    assert delivery.payload == {
        "user": "U0ANA",
        "team": "T1",
        "channel": "C1",
        "text": "status",
        "response_url": "https://hooks.example/1",
        "trigger_id": "1.2.abc",
    }


def test_a_click_is_kept_with_its_number() -> None:
    delivery = intake.click(CLICK)
    assert (delivery.kind, delivery.payload["action"]) == ("action", ids.APPROVE)
    assert (delivery.payload["user"], delivery.payload["value"]) == ("U0BEN", "42")
    assert delivery.key == f"action:1700000001.2:U0BEN:1700000000.1:{ids.APPROVE}"


@pytest.mark.parametrize(
    "change",
    [
        {"user": {"id": "U0ANA", "team_id": "T1"}},
        {"container": {"message_ts": "1700000000.9"}},
        {"container": {"view_id": "V7"}},
        {"actions": [{"action_id": ids.APPROVE, "value": "42", "action_ts": "1700000005.0"}]},
        {"actions": [{"action_id": ids.REJECT, "value": "42", "action_ts": "1700000001.2"}]},
    ],
)
def test_two_different_clicks_have_two_keys(change: dict[str, Any]) -> None:
    assert intake.click({**CLICK, **change}).key != intake.click(CLICK).key


def test_a_retry_of_slacks_has_the_same_key() -> None:
    assert intake.click({**CLICK, "response_url": "https://other"}).key == intake.click(CLICK).key
    assert intake.command({**COMMAND, "text": "other"}).key == intake.command(COMMAND).key


def test_a_dialog_is_kept_with_its_fields() -> None:
    delivery = intake.submission(VIEW)
    assert (delivery.kind, delivery.key) == ("view", "view:V1:h1")
    assert delivery.payload["value"] == "7"
    assert delivery.payload["action"] == ids.ROLLBACK_MODAL
    assert delivery.payload["values"] == {
        ids.ROLLBACK_SERVICE: "backend",
        ids.ROLLBACK_REASON: "slow",
        "boxes": "plan\ntold",
        "none": "",
    }


def test_a_look_at_home_is_kept() -> None:
    delivery = intake.home_opened(EVENT)
    assert (delivery.kind, delivery.key) == ("event", "event:Ev1")
    assert delivery.payload == {"user": "U0ANA", "team": "T1", "action": "app_home_opened"}


def test_a_paste_is_cut() -> None:
    long = "x" * (MOST * 2)
    assert len(intake.command({**COMMAND, "text": long}).payload["text"]) == MOST
    action = {"action_id": long, "value": long, "action_ts": "1"}
    payload = intake.click({**CLICK, "actions": [action]}).payload
    assert (len(payload["action"]), len(payload["value"])) == (255, MOST)


@unhurried
@given(st.dictionaries(st.sampled_from([*CLICK, *VIEW, *EVENT]), anything))
def test_no_payload_however_odd_is_a_bug(body: dict[str, Any]) -> None:
    for reader in READERS:
        assert isinstance(reader(body), Delivery)


@pytest.mark.parametrize(("team", "guest"), [("T1", False), ("T2", True), ("", True)])
async def test_people_of_another_workspace_are_marked_as_guests(team: str, guest: bool) -> None:
    stage = Stage()
    taking = Intake(stage.world.store.inbox, stage.clock, team="T1")
    await taking.take(intake.command({**COMMAND, "team_id": team}))
    (claimed,) = await stage.desk.claim(1)
    assert claimed.payload["guest"] is guest


async def test_a_person_is_of_their_own_team_and_not_of_the_channels() -> None:
    shared = {**CLICK, "user": {"id": "U9", "team_id": "T9"}}
    assert intake.click(shared).payload["team"] == "T9"
    assert intake.click({**CLICK, "user": {"id": "U9"}}).payload["team"] == "T1"


async def test_the_same_delivery_twice_is_taken_once() -> None:
    stage = Stage()
    taking = Intake(stage.world.store.inbox, stage.clock, team="T1")
    await taking.take(intake.click(CLICK))
    await taking.take(intake.click(CLICK))
    assert len(await stage.desk.claim(9)) == 1
