from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.judged import outcome
from bot.domain.plan import Plan
from bot.domain.request import Answer, Approval, Decided, Request, RequestState
from bot.topology import Risk

pytestmark = pytest.mark.unit

AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
PLAN = Plan(operation="rollback", resource="service/web", summary="", steps=())
ASKED = Request(
    id=42,
    operation="rollback",
    params={},
    words="rollback web",
    actor="U1",
    channel="ops",
    risk=Risk.CHANGE,
    plan=PLAN,
    needed=2,
    asked_at=AT,
    expires_at=AT + timedelta(minutes=15),
)


def answer(actor: str, said: Answer = Answer.APPROVE, *, minutes: float = 0) -> Approval:
    at = AT + timedelta(minutes=minutes)
    return Approval(actor=actor, answer=said, plan_hash=PLAN.hash, at=at)


def given(*approvals: Approval, state: RequestState = RequestState.PLANNED) -> Request:
    return replace(ASKED, approvals=approvals, state=state)


def test_people_call_it_by_its_number() -> None:
    assert ASKED.name == "R42"


def test_only_a_yes_is_counted_and_never_below_none() -> None:
    assert ASKED.still_needed == 2
    assert given(answer("U2")).still_needed == 1
    assert given(answer("U2"), answer("U3", Answer.REJECT)).still_needed == 1
    assert given(answer("U2"), answer("U3"), answer("U4")).still_needed == 0
    assert replace(ASKED, needed=0).still_needed == 0


@pytest.mark.parametrize(
    ("request_", "click", "decided"),
    [
        (given(), answer("U2"), Decided.COUNTED),
        (given(answer("U2")), answer("U3"), Decided.APPROVED),
        (given(answer("U2")), answer("U2"), Decided.TWICE),
        (given(answer("U2")), answer("U2", Answer.REJECT), Decided.TWICE),
        (given(), answer("U2", Answer.REJECT), Decided.REJECTED),
        (given(), answer("U2", minutes=15), Decided.EXPIRED),
        (given(answer("U2")), answer("U2", minutes=15), Decided.EXPIRED),
        (given(state=RequestState.CANCELLED), answer("U2"), Decided.TOO_LATE),
        (given(state=RequestState.EXPIRED), answer("U2", minutes=16), Decided.TOO_LATE),
        (given(answer("U2"), state=RequestState.APPROVED), answer("U2"), Decided.TWICE),
        (given(answer("U2"), state=RequestState.APPROVED), answer("U3"), Decided.TOO_LATE),
    ],
)
def test_a_click_is_judged(request_: Request, click: Approval, decided: Decided) -> None:
    assert outcome(request_, click) is decided
