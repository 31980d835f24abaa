"""The Home tab and the dialogs."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks import ids
from blocks.home import home
from blocks.modals import loading, notice, rollback_modal
from bot.domain.live import Missing, OpenIncident
from bot.domain.message import View
from bot.domain.request import RequestState
from bot.domain.view import HomeView
from tests.unit.blocks import making as m
from tests.unit.blocks.seeing import buttons, good_view, read, texts, unhurried

pytestmark = pytest.mark.unit

INCIDENT = OpenIncident(
    id="Q1",
    title="Errors",
    status="triggered",
    urgency="high",
    service="Level 1",
    url="https://pagerduty.example/Q1",
    opened_at=m.ASKED,
)


def tab(**more: Any) -> View:
    values: dict[str, Any] = {
        "user": "U0BEN",
        "may_read": True,
        "may_act": True,
        "may_change": True,
        "to_approve": (),
        "mine": (),
        "runs": (),
        "incidents": (),
        "ours": (),
        "services": ("backend",),
        "now": m.NOW,
    }
    return good_view(home(HomeView(**{**values, **more})))


def test_a_quiet_home_has_the_quick_ways_in() -> None:
    quiet = tab()
    assert list(buttons(quiet)) == [
        ids.HOME_ROLLBACK,
        ids.HOME_DECLARE,
        ids.HOME_STATUS,
        ids.HOME_REFRESH,
    ]
    assert "*Waiting for your approval:* none" in read(quiet)
    assert "*Open incidents:* none" in read(quiet)


def test_home_shows_what_waits_for_me_with_a_way_to_see_it_and_no_way_to_approve_unseen() -> None:
    full = tab(
        to_approve=(m.request(),),
        mine=(m.request(id=41, state=RequestState.EXPIRED),),
        runs=(m.run(),),
        incidents=(INCIDENT,),
    )
    words = read(full)
    assert "*R42" not in words
    assert "R42 rollback backend: 1 approval needed until 2026-11-23 03:20 UTC" in words
    assert "Move all traffic of backend from green" in words
    assert "R41 rollback backend: expired, asked 2026-11-23 03:05 UTC" in words
    assert "• R42 rollback backend: running, since" in words
    assert "<https://pagerduty.example/Q1|Errors>: triggered" in words
    assert ids.APPROVE not in buttons(full)
    assert buttons(full)[ids.HOME_SHOW] == "41"


def test_home_counts_what_is_more_than_ten_and_says_what_is_missing() -> None:
    words = read(tab(to_approve=(m.request(),) * 13, incidents=Missing(reason="no answer")))
    assert "… and 3 more: `/filmops operations`" in words
    assert "*Open at PagerDuty alone:* could not be read: no answer" in words


def test_who_may_not_change_has_no_rollback_and_who_may_not_read_sees_nothing() -> None:
    assert ids.HOME_ROLLBACK not in buttons(tab(may_change=False))
    stranger = tab(may_read=False, incidents=(INCIDENT,))
    assert "You hold no role in FilmOps." in read(stranger)
    assert "Errors" not in read(stranger)
    assert buttons(stranger) == {}


def test_the_rollback_dialog_asks_which_and_why() -> None:
    modal = good_view(rollback_modal({"web": "Web", "api": "api"}, "api")).payload
    service, reason, _ = modal["blocks"]
    assert modal["callback_id"] == ids.ROLLBACK_MODAL
    assert service["block_id"] == service["element"]["action_id"] == ids.ROLLBACK_SERVICE
    assert reason["block_id"] == reason["element"]["action_id"] == ids.ROLLBACK_REASON
    assert service["element"]["initial_option"]["value"] == "api"
    assert [o["text"]["text"] for o in service["element"]["options"]] == ["Web (web)", "api"]


def test_an_unknown_choice_falls_to_the_first_service() -> None:
    modal = good_view(rollback_modal({f"s{n}": f"S{n}" for n in range(130)}, "gone")).payload
    element = modal["blocks"][0]["element"]
    assert element["initial_option"]["value"] == "s0"
    assert len(element["options"]) == 100


def test_a_dialog_that_only_says_something_has_nothing_to_send() -> None:
    assert "submit" not in good_view(loading("Rollback")).payload
    assert read(good_view(notice("Rollback", "R42 <waits>."))) == "R42 &lt;waits&gt;."


@unhurried
@given(data=st.data())
def test_no_words_break_a_view(data: st.DataObject) -> None:
    def words() -> str:
        return data.draw(texts)

    request = m.request(operation=words(), actor=words(), plan=m.plan(summary=words()))
    tab(
        to_approve=(request,) * 30,
        mine=(request,) * 30,
        runs=(m.run(operation=words(), resource=words()),) * 60,
        services=(words(),) * 200,
    )
    good_view(notice(words(), words()))
    good_view(loading(words()))
    good_view(rollback_modal({"backend": words()}, words()))
