"""Who needs a post-mortem, when its reminders are due, and what counts as holding it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.incident import Happening, Incident, IncidentState, Source
from bot.domain.postmortem import calls_for_one, reminders, was_held
from bot.topology import Severity

pytestmark = pytest.mark.unit

OVER = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
RESOLVED = Incident(
    id=7,
    title="login fails",
    severity=Severity.P1,
    source=Source.HAND,
    fingerprint="login",
    opened_at=OVER - timedelta(hours=1),
    opened_by="U0ANA",
    state=IncidentState.RESOLVED,
    resolved_at=OVER,
)


def note(text: str, *, hours: float = 1, kind: str = "note") -> Happening:
    return Happening(at=OVER + timedelta(hours=hours), kind=kind, actor="U0ANA", text=text)


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, True),
        ({"severity": Severity.P2}, True),
        ({"severity": Severity.P3}, False),
        ({"state": IncidentState.OPEN}, False),
        ({"source": Source.DRILL}, False),
        ({"parent": 3}, False),
    ],
)
def test_a_resolved_p1_or_p2_needs_one_unless_it_is_a_drill_or_a_child(
    changes: dict[str, object], needed: bool
) -> None:
    assert calls_for_one(replace(RESOLVED, **changes)) is needed  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hours", "due"), [(0, 0), (23.9, 0), (24, 1), (71.9, 1), (72, 2), (500, 2)]
)
def test_one_reminder_is_due_after_a_day_and_one_two_days_later(hours: float, due: int) -> None:
    assert reminders(RESOLVED, DAY, OVER + timedelta(hours=hours)) == due


def test_what_is_not_over_is_reminded_of_nothing() -> None:
    assert reminders(replace(RESOLVED, resolved_at=None), DAY, OVER + 9 * DAY) == 0


@pytest.mark.parametrize(
    ("line", "held"),
    [
        (note("<@U0ANA>: Post-mortem held, see the wiki"), True),
        (note("<@U0ANA>: postmortem on Friday"), True),
        (note("ana: POSTMORTEM done"), True),
        (note("<@U0ANA>: we need a post-mortem"), False),
        (note("<@U0ANA>: post-mortem held", hours=-0.1), False),
        (note("<@U0ANA>: post-mortem held", kind="acknowledged"), False),
    ],
)
def test_it_was_held_when_a_note_since_the_end_begins_with_it(line: Happening, held: bool) -> None:
    assert was_held(RESOLVED, [note("<@U0ANA>: calm again"), line]) is held
