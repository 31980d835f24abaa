"""Numbers with a letter, times of the day: what a param may be, as people write it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.message import Message
from bot.engine.kinds import IncidentNumber, Instant, RequestNumber, SeverityWord
from bot.engine.operation import Context, Operation, Params
from bot.engine.words import parse, typed
from bot.errors import UserError
from bot.topology import Risk, Severity, load
from tests.stage import SHIPPED

pytestmark = pytest.mark.unit

TOPOLOGY = load(SHIPPED)
NOW = datetime(2026, 11, 24, 15, 10, tzinfo=UTC)


class ReelParams(Params):
    """One of each kind."""

    incident: IncidentNumber | None = None
    request: RequestNumber | None = None
    at: Instant | None = None
    severity: SeverityWord | None = None


async def answer(context: Context, params: ReelParams) -> Message:
    return Message(text="reel")


REEL = Operation(name="reel", summary="Reel.", risk=Risk.READ, params=ReelParams, answer=answer)


def reel(text: str) -> dict[str, Any]:
    return parse(f"reel {text}", {"reel": REEL}, TOPOLOGY, NOW)[1].model_dump()


def mistake(text: str) -> str:
    with pytest.raises(UserError) as raised:
        reel(text)
    assert raised.value.hint == "/filmops reel [INCIDENT] [REQUEST] [AT] [SEVERITY]"
    return raised.value.message


def test_an_incident_and_a_request_are_numbers_with_or_without_their_letter() -> None:
    for word in ("I7", "i7", "#7", "7", "I007"):
        assert reel(word)["incident"] == 7, word
    for word in ("R42", "r42", "#42", "42"):
        assert reel(f"I7 {word}")["request"] == 42, word


@pytest.mark.parametrize("word", ["R7", "I", "I-7", "7I", "##7", "I7.5", "I1234567890", "I\u0667"])
def test_what_is_no_incident_is_told_how_one_is_named(word: str) -> None:
    assert mistake(word) == f"incident {word!r} does not fit: an incident is named like I42."


def test_a_severity_is_taken_in_any_case() -> None:
    for word in ("p1", "P1"):
        assert reel(f"I7 R1 15:30 {word}")["severity"] is Severity.P1
    for word in ("p5", "1", "sev1"):
        assert mistake(f"I7 R1 15:30 {word}") == (
            f"severity {word!r} does not fit: input should be 'P1', 'P2', 'P3' or 'P4'."
        )


def test_one_letter_is_not_the_other() -> None:
    assert mistake("I7 I8") == "request 'I8' does not fit: a request is named like R42."


def test_an_instant_is_meant_at_the_moment_and_in_the_zone_of_the_command() -> None:
    assert reel("I7 R1 15:30")["at"] == datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
    zone = TOPOLOGY.studio.model_copy(update={"timezone": "Europe/Berlin"})
    berlin = TOPOLOGY.model_copy(update={"studio": zone})
    at = typed(REEL, {"at": "16:30"}, berlin, NOW).model_dump()["at"]
    assert at == datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
    assert mistake("I7 R1 soon").endswith("write a time like 15:30, +20m or 2026-11-24T15:30Z.")


def test_what_was_stored_means_the_same_later() -> None:
    params = typed(REEL, {"incident": "i7", "request": "#4", "at": "+20m"}, TOPOLOGY, NOW)
    later = NOW.replace(hour=23)
    assert typed(REEL, params.model_dump(mode="json"), TOPOLOGY, later) == params
    assert typed(REEL, params.model_dump(), TOPOLOGY, later) == params


def test_an_instant_outside_of_a_command_is_a_time_and_not_a_word() -> None:
    assert ReelParams(at=NOW).at == NOW
    with pytest.raises(TypeError, match="beside the present"):
        ReelParams.model_validate({"at": "15:30"})
