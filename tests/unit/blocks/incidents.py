"""Values to draw: one incident of the same night, changed by keyword."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.domain.incident import Escalation, Happening, Incident, Page, PageState, Source, Why
from bot.domain.run import ChangeLogEntry
from bot.domain.view import IncidentView
from bot.topology import Ladder, Severity
from tests.unit.blocks.making import NOW

BEGAN = NOW - timedelta(minutes=3)
LADDER = Ladder(title="production is down", after_minutes=(0, 15, 30))


def incident(**more: Any) -> Incident:
    values: dict[str, Any] = {
        "id": 7,
        "title": "login fails",
        "severity": Severity.P1,
        "source": Source.HAND,
        "fingerprint": "hand:backend:login fails",
        "opened_at": BEGAN,
        "opened_by": "U0BEN",
        "service": "backend",
        "resume_at": BEGAN + timedelta(minutes=60),
        "resume_why": Why.REPEAT,
    }
    return Incident(**{**values, **more})


def page(level: int = 1, state: PageState = PageState.ARMED, **more: Any) -> Page:
    values: dict[str, Any] = {
        "key": f"esc:1:L{level}",
        "escalation": "1",
        "incident": 7,
        "level": level,
        "due_at": BEGAN + timedelta(minutes=15 * (level - 1)),
        "state": state,
    }
    return Page(**{**values, **more})


def climb(*pages: Page, **more: Any) -> Escalation:
    values: dict[str, Any] = {
        "id": "1",
        "incident": 7,
        "number": 1,
        "why": Why.OPENED,
        "began_at": BEGAN,
        "pages": pages,
    }
    return Escalation(**{**values, **more})


REACHED = page(
    1, PageState.CONFIRMED, sent_at=BEGAN + timedelta(seconds=2), reached=("Ana Okafor",)
)
CHANGE = ChangeLogEntry(
    run=41,
    resource="service/backend",
    operation="rollback",
    summary="Moved to blue.",
    before="green 100",
    after="blue 100",
    asked_by="U0ANA",
    approved_by=("U0BEN",),
    at=BEGAN - timedelta(minutes=10),
)


def line(text: str, kind: str = "note") -> Happening:
    return Happening(at=BEGAN, kind=kind, actor="U0BEN", text=text)


def view(one: Incident | None = None, **more: Any) -> IncidentView:
    values: dict[str, Any] = {
        "incident": one or incident(),
        "escalations": (climb(REACHED, page(2), page(3)),),
        "timeline": (line("Opened as P1: login fails", "opened"),),
        "levels": ("On-call engineer", "Engineering lead", "CTO"),
        "ladder": LADDER,
        "known_service": True,
        "looked_back": BEGAN - timedelta(hours=1),
        "changes": (),
        "runs": (),
        "requests": (),
        "now": NOW,
    }
    return IncidentView(**{**values, **more})
