"""A checklist in words and boxes, within Slack's limits, whatever it holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks import ids
from blocks.card import request_card
from blocks.checklist import checklist_modal
from blocks.show import show
from bot.domain.checklist import Box, Check, Found, Tick
from tests.unit.blocks import making as m
from tests.unit.blocks.seeing import buttons, good, good_view, read, texts, unhurried

pytestmark = pytest.mark.unit

CHECKS = (
    Check(title="All tests pass", found=Found.OK, said="12 checks of 3f2a"),
    Check(title="A backup is there", found=Found.FAILED, said="the newest is 3 days old"),
    Check(title="Review by two", found=Found.UNKNOWN, said="GitHub does not answer"),
)
BOXES = tuple(Box(key=f"box{number}", title=f"Box {number}") for number in range(23))


def test_what_was_found_and_what_is_open_is_said_in_words() -> None:
    tick = Tick(key="box0", actor="U0BEN", at=m.NOW)
    view = m.view(request=m.request(plan=m.plan(checks=CHECKS, boxes=BOXES[:2])), ticks=(tick,))
    for message in (request_card(view), show(view)):
        words = read(good(message))
        assert "✅ ok: All tests pass. 12 checks of 3f2a" in words
        assert "❌ FAILED: A backup is there. the newest is 3 days old" in words
        assert "❔ NOT KNOWN: Review by two. GitHub does not answer" in words
        assert "☑ Box 0: ticked by <@U0BEN> 2026-11-23 03:10 UTC" in words
        assert "☐ open: Box 1" in words


def test_a_plan_without_boxes_has_no_button_for_them() -> None:
    assert ids.CHECKLIST not in buttons(good(request_card(m.view())))


def test_many_boxes_take_several_fields_and_all_are_there() -> None:
    ticks = (Tick(key="box3", actor="U0BEN", at=m.NOW),)
    view = good_view(checklist_modal("R42", "R42", BOXES, ticks))
    *fields, _ = view.payload["blocks"]
    assert [len(field["element"]["options"]) for field in fields] == [10, 10, 3]
    assert [field["block_id"] for field in fields] == [f"checklist.boxes.{n}" for n in range(3)]
    (ticked,) = fields[0]["element"]["initial_options"]
    assert ticked["description"]["text"] == "ticked by <@U0BEN>"
    assert all(field["optional"] for field in fields)


@unhurried
@given(title=texts, actor=texts, said=texts)
def test_nobody_speaks_through_a_checklist(title: str, actor: str, said: str) -> None:
    boxes = (Box(key="one", title=title), Box(key="two", title="x"))
    ticks = (Tick(key="one", actor=actor, at=m.NOW),)
    checks = (Check(title=title, found=Found.FAILED, said=said),)
    good_view(checklist_modal("R42", "R42", boxes, ticks))
    request = m.request(plan=m.plan(checks=checks, boxes=boxes))
    good(request_card(m.view(request=request, ticks=ticks)))


@unhurried
@given(st.integers(1, 60))
def test_any_number_of_boxes_fits_the_dialog_and_the_card(number: int) -> None:
    boxes = tuple(Box(key=f"k{n}", title="t" * 200) for n in range(number))
    good_view(checklist_modal("R42", "R42", boxes, ()))
    good(request_card(m.view(request=m.request(plan=m.plan(boxes=boxes)))))
