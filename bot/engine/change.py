"""What a run leaves in the change log: also one that was aborted after it had changed something."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.domain.request import Request
from bot.domain.run import ChangeLogEntry, Run, StepState


def change(run: Run, request: Request, now: datetime) -> ChangeLogEntry | None:
    """A run that succeeded: the plan came true. None when it only looked."""
    if not request.plan.changes:
        return None
    return _entry(run, request, request.plan.summary, now)


def part(run: Run, request: Request, now: datetime) -> ChangeLogEntry | None:
    """A run that was ended or went back: the steps that had changed something; None when
    nothing was.
    """
    changing = [step for step in run.steps if step.spec.calls and not step.spec.back]
    done = [step.spec.title for step in changing if step.state is StepState.DONE]
    if not done:
        return None
    how = "Aborted" if run.turned is None else "Gone back"
    if run.turned is not None and run.next_step is not None:
        how = "Stopped on the way back"
    summary = f"{how} after {len(done)} of {len(changing)} changes: {'; '.join(done)}."
    return _entry(run, request, summary, now)


def _entry(run: Run, request: Request, summary: str, now: datetime) -> ChangeLogEntry:
    changes = request.plan.changes
    return ChangeLogEntry(
        run=run.id,
        resource=run.resource,
        operation=run.operation,
        summary=summary,
        before="; ".join(f"{c.subject}: {c.before}" for c in changes),
        after="; ".join(f"{c.subject}: {c.after}" for c in changes),
        asked_by=request.actor,
        approved_by=tuple(approval.actor for approval in request.approvals),
        at=now,
        detail=_detail(run),
    )


def _detail(run: Run) -> dict[str, Any]:
    """What its steps leave for programs, under "change" in their results; the last word counts."""
    told = (step.result.get("change", {}) for step in run.steps if step.state is StepState.DONE)
    return {name: value for change in told for name, value in change.items()}
