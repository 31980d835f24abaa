"""An incident's report as JSON, for programs: a versioned shape, described in docs/commands.md.

Before: an `IncidentReport`. After: a file in the incident's thread. Keys may be added within a
version; one that is taken away or means something else is another version.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.incident import Escalation, Incident, Page
from bot.domain.incident_report import IncidentReport
from bot.domain.run import Run
from bot.domain.written import change_shape, utc

FORMAT = "filmops.incident-report"
VERSION = 1


def as_json(report: IncidentReport) -> str:
    """The whole report, indented; ends with a line break."""
    shape = {
        "format": FORMAT,
        "version": VERSION,
        "made_at": utc(report.made_at),
        "timezone": report.timezone,
        "incident": _incident(report),
        "timeline": [
            {
                "at": utc(line.at),
                "at_local": _local(line.at, report.timezone),
                "kind": line.kind,
                "actor": report.person(line.actor),
                "text": report.plain(line.text),
            }
            for line in report.timeline
        ],
        "escalations": [_escalation(climb, report) for climb in report.escalations],
        "changes": [change_shape(change, report.person) for change in report.changes],
        "runs": [_run(run) for run in report.runs],
        "logs_cut": report.cut,
        "children": [_child(child, report) for child in report.children],
        "checklist": [
            {"text": one.text, "source": one.source, "done": one.done} for one in report.actions
        ],
        "root_cause": None,
        "contributing_factors": [],
        "actions": [],
    }
    return json.dumps(shape, indent=2, ensure_ascii=False) + "\n"


def _incident(report: IncidentReport) -> Mapping[str, Any]:
    one = report.incident
    return {
        "name": one.name,
        "title": report.plain(one.title),
        "severity": one.severity,
        "state": one.state,
        "source": one.source,
        "drill": one.is_drill,
        "service": one.service or None,
        "service_title": report.service_title or None,
        "alerts": one.alerts,
        "owner": report.person(one.owner) or None,
        "parent": f"I{one.parent}" if one.parent is not None else None,
        "opened_at": utc(one.opened_at),
        "opened_by": report.person(one.opened_by),
        "acknowledged_at": utc(report.acknowledged_at),
        "acknowledged_by": report.person(one.acked_by) or None,
        "resolved_at": utc(one.resolved_at),
        "resolved_by": report.person(one.resolved_by) or None,
        "seconds_to_acknowledge": _seconds(report.to_acknowledge),
        "seconds_to_resolve": _seconds(report.to_resolve),
    }


def _escalation(climb: Escalation, report: IncidentReport) -> Mapping[str, Any]:
    return {
        "number": climb.number,
        "why": climb.why,
        "began_at": utc(climb.began_at),
        "ended_at": utc(climb.ended_at),
        "ended_why": climb.ended_why or None,
        "pages": [_page(page, report) for page in climb.pages],
    }


def _page(page: Page, report: IncidentReport) -> Mapping[str, Any]:
    known = page.level <= len(report.levels)
    return {
        "level": page.level,
        "level_name": report.levels[page.level - 1] if known else None,
        "due_at": utc(page.due_at),
        "sent_at": utc(page.sent_at),
        "state": page.state,
        "reached": list(page.reached),
        "said": page.said or None,
    }


def _run(run: Run) -> Mapping[str, Any]:
    return {
        "name": run.name,
        "operation": run.operation,
        "resource": run.resource,
        "state": run.state,
        "started_at": utc(run.started_at),
        "ended_at": utc(run.ended_at),
        "note": run.note or None,
    }


def _child(child: Incident, report: IncidentReport) -> Mapping[str, Any]:
    return {
        "name": child.name,
        "title": report.plain(child.title),
        "severity": child.severity,
        "opened_at": utc(child.opened_at),
    }


def _local(at: datetime, timezone: str) -> str:
    return at.astimezone(ZoneInfo(timezone)).isoformat(timespec="seconds")


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()
