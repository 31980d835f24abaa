"""What is left to do after a rollback, whatever the run and its incident are called."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from blocks.afterwards import after_card, engineering
from bot.domain.afterwards import BOXES, concerned
from bot.domain.checklist import Tick
from bot.domain.incident import Incident, IncidentState, Source
from bot.domain.run import RunState
from bot.domain.view import AfterView
from bot.topology import Severity
from tests.unit.blocks import making as m
from tests.unit.blocks.seeing import good, read, texts, unhurried

pytestmark = pytest.mark.unit

BEFORE, LATER = m.NOW - timedelta(hours=1), m.NOW + timedelta(hours=1)


def incident(number: int = 7, **about: Any) -> Incident:
    values: dict[str, Any] = {
        "id": number,
        "title": "logins fail",
        "severity": Severity.P2,
        "source": Source.HAND,
        "fingerprint": str(number),
        "service": "backend",
        "opened_at": BEFORE,
        "opened_by": "U0ANA",
    }
    return Incident(**{**values, **about})


def view(**about: Any) -> AfterView:
    values: dict[str, Any] = {
        "request": m.request(approvals=(m.approval(),)),
        "run": m.run(RunState.SUCCEEDED, ended_at=m.NOW),
        "ticks": (),
        "incident": incident(),
        "engineering": "#engineering",
        "asked": "U0CHLOE",
    }
    return AfterView(**{**values, **about})


def test_the_text_says_what_is_left_to_who_cannot_see_the_boxes() -> None:
    ticks = tuple(Tick(key=box.key, actor="U0BEN", at=m.NOW) for box in BOXES[:3])
    assert good(after_card(view(ticks=ticks))).text == (
        "After R42 rollback backend: 2 of 5 left to do. "
        "Still open: Schedule post-mortem meeting and Document root cause."
    )


def test_a_box_that_is_ticked_needs_no_help_any_more() -> None:
    tick = Tick(key="report", actor="filmops", at=m.NOW)
    words = read(good(after_card(view(ticks=(tick,)))))
    assert "☑ Create incident report: ticked by filmops 2026-11-23 03:10 UTC" in words
    assert "/filmops incident report" not in words
    assert "FilmOps tells #engineering by itself" in words


@unhurried
@given(texts, texts, texts)
def test_nobody_speaks_through_it(one: str, two: str, three: str) -> None:
    request = m.request(plan=m.plan(summary=one), reason=two, actor=three)
    back = m.run(RunState.ABORTED, turned=RunState.ABORTED, note=two, ended_at=m.NOW)
    for run in (m.run(RunState.SUCCEEDED, ended_at=m.NOW), back):
        drawn = view(request=request, run=run, asked=three, engineering=one)
        good(after_card(drawn))
        good(engineering(drawn))


def test_the_incident_it_answered_is_the_worst_one_of_then() -> None:
    run = m.run(RunState.SUCCEEDED, ended_at=m.NOW)
    worst = incident(8, severity=Severity.P1)
    assert concerned([incident(7), worst, incident(9)], run) == worst
    assert concerned([incident(7), incident(9)], run) == incident(9)
    begun = run.started_at
    over = incident(state=IncidentState.RESOLVED, resolved_at=begun)
    assert concerned([over], run) == over
    assert concerned([replace(over, resolved_at=begun - timedelta(seconds=1))], run) is None


@pytest.mark.parametrize(
    "about",
    [{"service": "web"}, {"source": Source.DRILL}, {"parent": 3}, {"opened_at": LATER}],
)
def test_others_are_not(about: dict[str, Any]) -> None:
    run = m.run(RunState.SUCCEEDED, ended_at=m.NOW)
    assert concerned([incident(**about)], run) is None
