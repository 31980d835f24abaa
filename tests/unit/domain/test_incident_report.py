"""The report of an incident: every fact in it, in UTC and at home, for people and for programs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.incident import (
    Escalation,
    Happening,
    Incident,
    IncidentState,
    Page,
    PageState,
    Source,
    Why,
)
from bot.domain.incident_report import AFTERWARDS, IncidentReport
from bot.domain.report_json import as_json
from bot.domain.report_markdown import markdown
from bot.domain.run import ChangeLogEntry, Run, RunState
from bot.topology import Severity

pytestmark = pytest.mark.unit

OPENED = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return OPENED + timedelta(minutes=minutes)


def happened(minutes: float, kind: str, text: str) -> Happening:
    return Happening(at=at(minutes), kind=kind, actor="U0ANA", text=text)


def page(level: int, state: PageState, **about: Any) -> Page:
    return Page(
        key=f"esc:e1:L{level}",
        escalation="e1",
        incident=7,
        level=level,
        due_at=at(15 * (level - 1)),
        state=state,
        **about,
    )


INCIDENT = Incident(
    id=7,
    title="5xx | on <backend>",
    severity=Severity.P1,
    source=Source.CLOUDWATCH,
    fingerprint="5xx",
    opened_at=OPENED,
    opened_by="CloudWatch",
    service="backend",
    state=IncidentState.RESOLVED,
    acked_at=at(17),
    acked_by="U0ANA",
    owner="U0ANA",
    resolved_at=at(62.5),
    resolved_by="U0ANA",
)
CLIMB = Escalation(
    id="e1",
    incident=7,
    number=1,
    why=Why.OPENED,
    began_at=OPENED,
    pages=(
        page(1, PageState.UNCONFIRMED, sent_at=at(0), said="no notification in 60 s"),
        page(2, PageState.CONFIRMED, sent_at=at(15), reached=("Chloe Tan", "Ben Larsen")),
        page(3, PageState.CANCELLED),
        page(4, PageState.SKIPPED, said="nobody is on call"),
    ),
)
REPORT = IncidentReport(
    incident=INCIDENT,
    service_title="Backend API",
    timeline=(
        happened(0, "opened", "Opened as P1: 5xx"),
        happened(17, "acknowledged", "Acknowledged by <@U0ANA> (Slack)."),
        happened(40, "acknowledged", "Acknowledged by <@U0BEN> (Slack)."),
        happened(62.5, "resolved", "Resolved by <@U0ANA|ana> (Slack)."),
    ),
    escalations=(CLIMB,),
    changes=(
        ChangeLogEntry(
            run=42,
            resource="service/backend",
            operation="rollback",
            summary="Moved traffic to green.",
            before="blue 100",
            after="green 100",
            asked_by="U0ANA",
            approved_by=("U0BEN",),
            at=at(30),
        ),
    ),
    runs=(
        Run(
            id=42,
            operation="rollback",
            resource="service/backend",
            state=RunState.SUCCEEDED,
            steps=(),
            started_at=at(24),
            ended_at=at(30),
        ),
    ),
    children=(),
    levels=("On-call engineer", "Engineering lead", "CTO"),
    people={"U0ANA": "Ana Okafor", "U0BEN": "Ben Larsen"},
    timezone="Europe/Berlin",
    made_at=at(90),
)


def test_times_to_acknowledge_and_to_resolve_count_from_the_opening() -> None:
    assert REPORT.to_acknowledge == timedelta(minutes=17)
    assert REPORT.to_resolve == timedelta(minutes=62.5)
    assert replace(REPORT, timeline=()).to_acknowledge == timedelta(minutes=17)


def test_the_markdown_has_the_facts_in_utc_and_at_home() -> None:
    text = markdown(REPORT)
    assert text.startswith("# I7: 5xx | on <backend>\n\n- Severity: P1\n- Service: Backend API\n")
    ours = "2026-03-01 03:17:00 UTC (2026-03-01 04:17:00 Europe/Berlin)"
    assert f"- Acknowledged: {ours}, after 17 min\n" in text
    assert ", after 1 h 2 min 30 s\n" in text
    assert f"- {ours}: Acknowledged by Ana Okafor (Slack).\n" in text
    assert "Resolved by Ana Okafor (Slack)." in text
    assert text.endswith("| --- | --- | --- | --- |\n")


def test_a_studio_in_utc_reads_each_time_once() -> None:
    text = markdown(replace(REPORT, timezone="UTC"))
    assert "- Opened: 2026-03-01 03:00:00 UTC\n" in text


def test_the_markdown_says_whom_each_page_reached() -> None:
    text = markdown(REPORT)
    for line in (
        "Climb 1 (opened), begun 2026-03-01 03:00:00 UTC",
        "- Level 1 (On-call engineer), due 03:00:00 UTC, paged 03:00:00 UTC: UNCONFIRMED: ",
        ": nobody was seen to be reached (no notification in 60 s)",
        "- Level 2 (Engineering lead), due 03:15:00 UTC, paged 03:15:00 UTC: reached ",
        ": reached Chloe Tan and Ben Larsen",
        "- Level 3 (CTO), due 03:30:00 UTC: cancelled: not needed any more",
        "- Level 4, due 03:45:00 UTC: SKIPPED (nobody is on call)",
    ):
        assert line in text


@pytest.mark.parametrize("state", PageState)
def test_every_state_of_a_page_has_its_words(state: PageState) -> None:
    climb = replace(CLIMB, pages=(page(1, state),))
    assert "- Level 1 (On-call engineer), due" in markdown(replace(REPORT, escalations=(climb,)))


def test_the_markdown_says_what_changed_and_what_ran() -> None:
    text = markdown(REPORT)
    assert (
        "R42 rollback, asked by Ana Okafor, approved by Ben Larsen: Moved traffic to green. "
        "(blue 100 → green 100)"
    ) in text
    assert "R42 rollback on service/backend, begun 2026-03-01 03:24:00 UTC" in text
    assert ": succeeded in 6 min\n" in text


def test_a_young_one_without_anything_says_so() -> None:
    young = replace(
        INCIDENT,
        severity=Severity.P4,
        state=IncidentState.OPEN,
        source=Source.DRILL,
        service="",
        owner="",
        acked_at=None,
        resolved_at=None,
        parent=3,
    )
    empty = {"timeline": (), "escalations": (), "changes": (), "runs": ()}
    text = markdown(replace(REPORT, incident=young, service_title="", **empty))  # type: ignore[arg-type]
    for line in (
        "**This was a drill.**",
        "- Service: not known",
        "- Owner: nobody",
        "- Acknowledged: not yet",
        "- Resolved: not yet",
        "- Part of: I3",
        "Nobody: its severity pages nobody.",
        "Nothing that FilmOps knows of.",
        "None.",
    ):
        assert line in text


def test_a_storm_lists_its_children() -> None:
    child = replace(INCIDENT, id=8, title="db slow", parent=7, severity=Severity.P2)
    text = markdown(replace(REPORT, children=(child,)))
    assert "## Part of this storm" in text
    assert "- I8 (P2), 2026-03-01 03:00:00 UTC" in text


def test_logs_that_hold_more_than_was_read_are_named() -> None:
    assert "The logs hold more" in markdown(replace(REPORT, cut=True))


def test_the_checklist_is_the_runbooks_and_ticks_what_is_known() -> None:
    more = (
        happened(20, "statuspage", "<@U0ANA> published"),
        happened(90, "note", "<@U0ANA>: post-mortem held"),
    )
    text = markdown(replace(REPORT, timeline=(*REPORT.timeline, *more)))
    assert text.count("- [x] ") == 3
    assert text.count("- [ ] ") == len(AFTERWARDS) - 3
    assert "- [ ] Document root cause (runbook: Rollback Procedures, Post-Rollback Actions)" in text
    assert markdown(REPORT).count("- [x] ") == 1


def test_the_json_has_its_format_and_version_and_the_same_facts() -> None:
    shape = json.loads(as_json(REPORT))
    assert (shape["format"], shape["version"]) == ("filmops.incident-report", 1)
    assert shape["incident"]["name"] == "I7"
    assert shape["incident"]["title"] == "5xx | on <backend>"
    assert shape["incident"]["acknowledged_at"] == "2026-03-01T03:17:00.000000Z"
    assert shape["incident"]["seconds_to_acknowledge"] == 1020
    assert shape["incident"]["seconds_to_resolve"] == 3750
    assert shape["timeline"][1] == {
        "at": "2026-03-01T03:17:00.000000Z",
        "at_local": "2026-03-01T04:17:00+01:00",
        "kind": "acknowledged",
        "actor": "Ana Okafor",
        "text": "Acknowledged by Ana Okafor (Slack).",
    }
    (climb,) = shape["escalations"]
    assert climb["pages"][1] == {
        "level": 2,
        "level_name": "Engineering lead",
        "due_at": "2026-03-01T03:15:00.000000Z",
        "sent_at": "2026-03-01T03:15:00.000000Z",
        "state": "confirmed",
        "reached": ["Chloe Tan", "Ben Larsen"],
        "said": None,
    }
    assert climb["pages"][3]["level_name"] is None
    assert [one["run"] for one in shape["changes"]] == ["R42"]
    assert [(one["name"], one["state"]) for one in shape["runs"]] == [("R42", "succeeded")]
    assert len(shape["checklist"]) == len(AFTERWARDS)
    assert (shape["root_cause"], shape["contributing_factors"], shape["actions"]) == (None, [], [])


def test_the_json_of_an_open_one_has_nothing_for_what_has_not_happened() -> None:
    young = replace(INCIDENT, acked_at=None, acked_by="", resolved_at=None, resolved_by="")
    child = replace(young, id=8, parent=7)
    shape = json.loads(as_json(replace(REPORT, incident=young, timeline=(), children=(child,))))
    found = shape["incident"]
    assert found["acknowledged_at"] is found["seconds_to_resolve"] is found["resolved_by"] is None
    assert [one["name"] for one in shape["children"]] == ["I8"]
