"""The checklist as gates: what is not known to be well is in the way, and boxes stay apart."""

from __future__ import annotations

import pytest

from bot.domain.checklist import Box, Check, Found
from bot.domain.gatekeeping import LONGEST_KEY, Checklist, Gate, box
from bot.domain.reasons import Reason

pytestmark = pytest.mark.unit


def gate(found: Found) -> Gate:
    check = Check(title="The image exists", found=found, said="no answer within 4 s")
    return Gate(check=check, code=Reason.IMAGE_MISSING, unblock="/filmops releases")


def test_a_gate_that_is_open_is_shown_and_in_nobodys_way() -> None:
    listed = Checklist(gates=(gate(Found.OK),), boxes=())
    assert [check.found for check in listed.checks] == [Found.OK]
    assert listed.obstacles == ()


def test_what_failed_says_its_own_code_and_way_out() -> None:
    (obstacle,) = Checklist(gates=(gate(Found.FAILED),), boxes=()).obstacles
    assert obstacle.code is Reason.IMAGE_MISSING
    assert obstacle.message == "The image exists: no answer within 4 s."
    assert obstacle.unblock == "/filmops releases"


def test_what_nobody_could_verify_blocks_as_that() -> None:
    (obstacle,) = Checklist(gates=(gate(Found.UNKNOWN),), boxes=()).obstacles
    assert obstacle.code is Reason.UNVERIFIED
    assert obstacle.message == ("The image exists: could not be verified (no answer within 4 s).")
    assert "not verified means blocked" in obstacle.unblock


def test_a_box_is_known_by_its_words() -> None:
    title = "Stakeholders, have been told!"
    assert box(title) == Box(key="stakeholders-have-been-told", title=title)
    assert box("STAKEHOLDERS have been told").key == box(title).key
    assert box("Stakeholders have been asked").key != box(title).key


def test_two_long_boxes_that_begin_alike_are_two() -> None:
    long = "Whoever has the payment provider's phone number has been told when it begins"
    keys = {box(f"{long} {end}").key for end in ("tonight", "tomorrow")}
    assert len(keys) == 2
    assert all(len(key) <= LONGEST_KEY for key in keys)


def test_boxes_without_a_word_are_apart_too() -> None:
    assert box("!!!").key != box("???").key
