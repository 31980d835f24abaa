"""An incident's card says what is, who was reached, and what comes next, in every state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks import ids
from blocks.incident_card import incident_card
from blocks.incidents import incident_list, incident_story
from bot.domain.incident import IncidentState, PageState, Source, Why
from bot.domain.message import Message
from bot.domain.view import IncidentLine
from bot.topology import Escalation, Ladder, Level
from tests.unit.blocks import incidents as i
from tests.unit.blocks import making as m
from tests.unit.blocks.seeing import buttons, good, read, texts, unhurried

pytestmark = pytest.mark.unit

ALL = [ids.INCIDENT_ACK, ids.INCIDENT_RESOLVE, ids.INCIDENT_ESCALATE, ids.INCIDENT_NOTE]
LADDERS = Escalation(
    levels=(
        Level(name="On-call engineer", after_minutes=0, pagerduty_service="Level 1"),
        Level(name="Engineering lead", after_minutes=15, pagerduty_service="Level 2"),
    )
)


def card(one: Any = None, **more: Any) -> Message:
    return good(incident_card(i.view(one, **more)))


def acked(**more: Any) -> Any:
    values = {
        "state": IncidentState.ACKNOWLEDGED,
        "acked_at": m.NOW,
        "acked_by": "U0ANA",
        "owner": "U0ANA",
        "resume_at": m.NOW + timedelta(minutes=30),
        "resume_why": Why.PROMISE,
    }
    return i.incident(**{**values, **more})


def test_an_open_one_says_who_was_reached_and_who_is_next() -> None:
    shown = card(changes=(i.CHANGE,), runs=(m.run(),), requests=(m.request(id=43),))
    words = read(shown)
    assert words.startswith("P1 I7 OPEN: login fails\n")
    assert (
        "*Service:* backend · *since* 2026-11-23 03:07:00 UTC · *opened* by hand, <@U0BEN>" in words
    )
    assert "*Who has it:* nobody" in words
    assert (
        "*Next:* Level 2 (Engineering lead) is paged if nobody acknowledges: "
        "due 2026-11-23 03:22 UTC (in 12 min)." in words
    )
    assert "Level 1 (On-call engineer): paged 2026-11-23 03:07:02 UTC, reached Ana Okafor" in words
    assert "Level 3 (CTO): due 2026-11-23 03:37 UTC (in 27 min)" in words
    assert "*Changed on backend* since 2026-11-23 02:07 UTC" in words
    assert "R41 rollback: Moved to blue." in words
    assert "R42 rollback backend: running" in words
    assert "R43 rollback waits for approval, asked by <@U0ANA>" in words
    assert list(buttons(shown)) == [ids.INCIDENT_ROLLBACK, *ALL]
    assert set(buttons(shown).values()) == {"7"}
    assert shown.text.startswith("P1 I7 OPEN: login fails. Service: backend. Level 2")


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (PageState.ARMED, "due 2026-11-23 03:22 UTC (in 12 min)"),
        (PageState.SENDING, "*is being paged now*"),
        (PageState.WAITING, "*NOT PAGED YET*: no answer. It is tried until PagerDuty takes it"),
        (PageState.SENT, "paged 2026-11-23 03:09:00 UTC; whether it reached somebody"),
        (
            PageState.UNCONFIRMED,
            "paged 2026-11-23 03:09:00 UTC, *UNCONFIRMED, it may have reached nobody*: no answer",
        ),
        (PageState.SUPERSEDED, "not paged, because a higher level was due as well"),
        (PageState.SKIPPED, "*SKIPPED*: no answer"),
        (PageState.REFUSED, "*CANNOT BE PAGED*: no answer"),
        (PageState.CANCELLED, "not needed any more"),
        (PageState.GONE, "not needed any more; whether its page arrived is not known"),
    ],
)
def test_every_state_of_a_page_is_said_in_plain_words(state: PageState, says: str) -> None:
    sent = m.NOW - timedelta(minutes=1) if state.paged else None
    one = i.page(2, state, said="no answer", sent_at=sent)
    assert f"Level 2 (Engineering lead): {says}" in read(card(escalations=(i.climb(one),)))


def test_a_level_whose_time_has_come_is_due_now() -> None:
    late = i.page(2, due_at=m.NOW - timedelta(seconds=1))
    assert "is paged if nobody acknowledges: *due now*." in read(card(escalations=(i.climb(late),)))


def test_an_acknowledged_one_says_whose_and_until_when() -> None:
    shown = card(acked(), escalations=(i.climb(i.REACHED, ended_at=m.NOW),))
    words = read(shown)
    assert words.startswith("P1 I7 ACKNOWLEDGED: login fails")
    assert "*Next:* <@U0ANA> has it until 2026-11-23 03:40 UTC; without a word" in words
    assert list(buttons(shown)) == [ids.INCIDENT_ROLLBACK, ids.INCIDENT_RESOLVE, ids.INCIDENT_NOTE]


def test_who_was_asked_may_say_so_with_the_acknowledge_button() -> None:
    shown = card(acked(resume_why=Why.SILENCE))
    assert "<@U0ANA> *was asked* and has not answered" in read(shown)
    assert ids.INCIDENT_ACK in buttons(shown)


def test_a_snoozed_one_says_why_and_until_when() -> None:
    one = i.incident(
        resume_why=Why.SNOOZE, resume_at=m.NOW + timedelta(minutes=30), resume_note="AWS is on it"
    )
    words = read(card(one, escalations=(i.climb(i.REACHED, ended_at=m.NOW),)))
    assert words.startswith("P1 I7 OPEN, SNOOZED: login fails")
    assert "*Snoozed* until 2026-11-23 03:40 UTC: AWS is on it. Then the ladder" in words


def test_maintenance_says_so() -> None:
    one = i.incident(resume_why=Why.MAINTENANCE, resume_note="new disks")
    words = read(card(one, escalations=()))
    assert "OPEN, HELD BY MAINTENANCE" in words
    assert "*Pages are held by maintenance* until 2026-11-23 04:07 UTC: new disks." in words
    assert ids.INCIDENT_ESCALATE not in buttons(card(one, escalations=()))


def test_when_all_levels_were_paged_the_next_turn_and_the_end_are_said() -> None:
    paged = (i.climb(i.REACHED),)
    assert "climbed again (2 of 3): due 2026-11-23 04:07 UTC" in read(
        card(i.incident(repeats=1), escalations=paged)
    )
    assert "it is UNOWNED: due" in read(card(i.incident(repeats=3), escalations=paged))


def test_an_unowned_one_says_it_above_everything_but_its_name() -> None:
    one = i.incident(unowned_at=m.NOW, resume_at=None, resume_why=None)
    shown = card(one, escalations=(i.climb(i.REACHED),))
    assert shown.blocks[0]["text"]["text"] == "P1 I7 UNOWNED: login fails"
    assert "*UNOWNED since 2026-11-23 03:10 UTC.*" in read(shown)
    assert "whoever reads this" in shown.blocks[1]["text"]["text"]
    assert ids.INCIDENT_ACK in buttons(shown)


def test_a_storm_counts_and_is_acknowledged_as_a_whole() -> None:
    one = i.incident(children=6, alerts=3, alerted_at=m.NOW, source=Source.STORM)
    shown = card(one)
    assert "6 incidents in this storm · 3 alerts, the last 2026-11-23 03:10 UTC" in read(shown)
    assert "Acknowledge all" in str(shown.blocks)
    assert "Acknowledge all" not in str(card().blocks)
    child = read(card(i.incident(parent=5, resume_at=None), escalations=()))
    assert "Part of the storm I5" in child
    assert "*Next:* The storm I5 pages for it." in child


def test_a_resolved_one_says_who_and_how_long_and_has_no_buttons() -> None:
    over = acked(
        state=IncidentState.RESOLVED, resolved_at=m.NOW, resolved_by="U0BEN", resume_at=None
    )
    shown = card(over, escalations=(i.climb(i.REACHED, i.page(2), ended_at=m.NOW),))
    words = read(shown)
    assert (
        "*Resolved* by <@U0BEN> 2026-11-23 03:10 UTC, after 3 min; acknowledged by <@U0ANA> "
        in words
    )
    assert "Level 2" not in words
    assert buttons(shown) == {}
    alone = card(i.incident(state=IncidentState.RESOLVED, resolved_at=m.NOW, resolved_by="filmops"))
    assert "*Resolved* by filmops" in read(alone)
    assert "never acknowledged" in read(alone)


def test_a_service_nobody_knows_has_no_way_back() -> None:
    shown = card(i.incident(service=""), known_service=False)
    assert "*Service:* not known" in read(shown)
    assert "Changed on" not in read(shown)
    assert ids.INCIDENT_ROLLBACK not in buttons(shown)


def test_one_that_pages_nobody_says_so_and_a_drill_is_named() -> None:
    one = i.incident(resume_at=None, resume_why=None, source=Source.DRILL)
    shown = card(one, escalations=(i.climb(),), ladder=Ladder(title="", after_minutes=()))
    assert "*Next:* Nothing by itself: P1 pages nobody." in read(shown)
    assert read(shown).startswith("DRILL P1 I7 OPEN")
    assert ids.INCIDENT_ESCALATE not in buttons(shown)


def test_an_owner_who_has_not_acknowledged_is_named_as_that() -> None:
    assert "<@U0ANA>, who has not acknowledged" in read(card(i.incident(owner="U0ANA")))


def test_the_story_has_all_climbs_and_the_whole_timeline() -> None:
    lines = tuple(i.line(f"<@U0ANA>: line {number}") for number in range(30))
    climbs = (
        i.climb(i.REACHED, ended_at=m.NOW, ended_why="repeat"),
        i.climb(i.page(1), number=2, why=Why.REPEAT),
    )
    shown = good(incident_story(i.view(escalations=climbs, timeline=lines)))
    words = read(shown)
    assert (
        "*Climb 1* (opened), began 2026-11-23 03:07:00 UTC, ended 2026-11-23 03:10 UTC (repeat)"
        in words
    )
    assert "*Climb 2* (repeat)" in words
    assert all(f"<@U0ANA>: line {number}" in words for number in range(30))
    assert buttons(shown) == {}


def test_the_story_s_reasons_are_read_to_their_end() -> None:
    lines = tuple(i.line(f"why: {'x' * 350} and so {number}") for number in range(30))
    words = read(good(incident_story(i.view(timeline=lines))))
    assert all(f"and so {number}" in words for number in range(30))


def test_a_list_says_for_each_what_comes_next() -> None:
    lines = (
        IncidentLine(incident=i.incident(), next_page=i.page(2)),
        IncidentLine(incident=acked(id=8), next_page=None),
        IncidentLine(
            incident=i.incident(
                id=9, state=IncidentState.RESOLVED, resolved_at=m.NOW, resolved_by="U0BEN"
            ),
            next_page=None,
        ),
    )
    words = read(good(incident_list(lines, LADDERS, m.NOW, left=4, recent=False)))
    assert words.startswith("7 open incidents")
    assert "*P1 I7 OPEN: login fails*\n3 min old, on backend, who has it: nobody" in words
    assert "Level 2 (Engineering lead) is paged if nobody acknowledges: due 2026" in words
    assert "<@U0ANA> has it until" in words
    assert "*Resolved* by <@U0BEN>" in words
    assert "… and 4 more" in words
    none = read(good(incident_list((), LADDERS, m.NOW, left=0, recent=True)))
    assert none == "There is no recent incident. `/filmops incident declare` opens one."


@unhurried
@given(data=st.data())
def test_no_words_break_a_card_or_a_list(data: st.DataObject) -> None:
    def words() -> str:
        return data.draw(texts)

    one = i.incident(
        title=words(),
        service=words(),
        opened_by=words(),
        owner=words(),
        resume_note=words(),
        resume_why=Why.SNOOZE,
    )
    pages = (
        i.page(1, PageState.SKIPPED, said=words()),
        i.page(9, PageState.CONFIRMED, reached=(words(),) * 9),
    )
    whole = i.view(
        one,
        escalations=(i.climb(*pages),) * 30,
        timeline=(i.line(words()),) * 200,
        levels=(words(),),
    )
    good(incident_card(whole))
    good(incident_story(whole))
    good(
        incident_list(
            (IncidentLine(incident=one, next_page=None),) * 20, LADDERS, m.NOW, left=1, recent=True
        )
    )
