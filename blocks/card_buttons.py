"""A card's buttons: Approve and Reject while it waits, Pause, Resume and Abort while it runs.

Before: `blocks.ids`. After: `blocks.card`. Each asks back when a slip of the finger would matter.
"""

from __future__ import annotations

from blocks import ids, parts
from blocks.elements import Block, actions, button, confirm
from bot.domain.request import Request
from bot.domain.run import Control, Run, RunState


def deciding(request: Request) -> Block:
    """Approve and Reject, both with a dialog that names the request and its fingerprint."""
    number, subject = str(request.id), parts.subject(request)
    agree = confirm(
        f"Approve {request.name}?",
        f"{subject}, made from the live state {request.plan.fingerprint}. When the last approval "
        "is in, it starts by itself.",
        "Approve",
        "Not yet",
    )
    refuse = confirm(
        f"Reject {request.name}?",
        f"{subject} ends here for everybody; it can be asked for again.",
        "Reject",
        "Keep it",
        danger=True,
    )
    return actions(
        button("Approve", ids.APPROVE, number, style="primary", ask=agree),
        button("Reject", ids.REJECT, number, style="danger", ask=refuse),
    )


def steering(run: Run) -> list[Block]:
    """Pause and Abort while it goes, Resume and Abort while it stands; what was asked is gone."""
    number = str(run.id)
    if run.state is not RunState.RUNNING:
        return [actions(button("Resume", ids.RESUME, number, style="primary"), _abort(run))]
    if run.control is Control.ABORT:
        return []
    if run.control is Control.PAUSE:
        return [actions(_abort(run))]
    return [actions(button("Pause", ids.PAUSE, number), _abort(run))]


def _abort(run: Run) -> Block:
    ask = confirm(
        f"Abort {run.name}?",
        "The run ends after the present attempt and cannot be resumed. What was done stays; "
        "nothing is undone.",
        "Abort",
        "Go on",
        danger=True,
    )
    return button("Abort", ids.ABORT, str(run.id), style="danger", ask=ask)
