"""What a run leaves in the change log: also one that was aborted after it had changed something."""

from __future__ import annotations

from datetime import datetime

from bot.domain.request import Request
from bot.domain.run import ChangeLogEntry, Run, StepState


def change(run: Run, request: Request, now: datetime) -> ChangeLogEntry:
    """A run that succeeded: the plan came true."""
    return _entry(run, request, request.plan.summary, now)


def part(run: Run, request: Request, now: datetime) -> ChangeLogEntry | None:
    """A run that was ended: the steps that had changed something; None when nothing was."""
    done = [s.spec.title for s in run.steps if s.spec.calls and s.state is StepState.DONE]
    if not done:
        return None
    wanted = sum(1 for step in run.steps if step.spec.calls)
    summary = f"Aborted after {len(done)} of {wanted} changes: {'; '.join(done)}."
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
    )
