"""What is left to do after a rollback: the runbook's *Post-Rollback Actions* as boxes.

Before: a run that has moved a service back. After: `bot.engine.afterwards` opens their card, and
ticks what a system has seen done; the report of an incident lists the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.domain.checklist import Box
from bot.domain.incident import Incident
from bot.domain.plan import Change
from bot.domain.request import Request
from bot.domain.run import Run, RunState

STATUS_PAGE: Final = "status_page"
ENGINEERING: Final = "engineering"
REPORT: Final = "report"
POSTMORTEM: Final = "postmortem"
ROOT_CAUSE: Final = "root_cause"

BOXES: Final = (
    Box(key=STATUS_PAGE, title="Update status page"),
    Box(key=ENGINEERING, title="Notify team in Slack #engineering"),
    Box(key=REPORT, title="Create incident report"),
    Box(key=POSTMORTEM, title="Schedule post-mortem meeting"),
    Box(key=ROOT_CAUSE, title="Document root cause"),
)
"""In the runbook's words and order."""

ROLLBACK: Final = "rollback"
"""The operation whose success is the way back; any other run must have turned round."""


def goes_back(run: Run) -> bool:
    """Whether it moves its service back, or has."""
    if run.turned is not None:
        return True
    return run.operation == ROLLBACK and run.state not in (RunState.FAILED, RunState.ABORTED)


def went_back(run: Run) -> bool:
    """Whether it has ended after it moved its service back."""
    return goes_back(run) and not run.state.open


def moved_back(request: Request, run: Run) -> tuple[Change, ...]:
    """From what to what: of a run that turned round, the way of its plan the other way round."""
    if run.turned is None:
        return request.plan.changes
    return tuple(
        Change(subject=one.subject, before=one.after, after=one.before)
        for one in request.plan.changes
    )


def concerned(incidents: Iterable[Incident], run: Run) -> Incident | None:
    """The incident a run was the answer to: of its service, no drill, not over when it began and
    not begun since its end; of several the worst, then the newest.
    """
    service = run.resource.removeprefix("service/")
    fitting = [one for one in incidents if one.service == service and _meanwhile(one, run)]
    return min(fitting, key=lambda one: (one.severity, -one.id), default=None)


def _meanwhile(incident: Incident, run: Run) -> bool:
    if incident.is_drill or incident.parent is not None:
        return False
    if run.ended_at is not None and incident.opened_at > run.ended_at:
        return False
    return incident.resolved_at is None or incident.resolved_at >= run.started_at
