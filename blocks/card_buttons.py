"""A card's buttons: Approve and Reject while it waits, Cancel until its time has come, then Pause,
Resume, Promote now and Abort.

Before: `blocks.ids`. After: `blocks.card`. Each asks back when a slip of the finger would matter.
"""

from __future__ import annotations

from blocks import ids, parts
from blocks.checklist import opening
from blocks.elements import Block, actions, button, confirm
from blocks.text import cut_plain, plain
from bot.domain.request import Request
from bot.domain.run import Control, Run, RunState


def deciding(request: Request) -> Block:
    """Approve and Reject, both with a dialog that names the request and its fingerprint; and the
    checklist, when there are boxes on it.
    """
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
        *([opening(request.name)] if request.plan.boxes else []),
    )


def waiting(request: Request) -> list[Block]:
    """Cancel, on an approved request that has a time of its own."""
    if request.plan.start_at is None:
        return []
    ask = confirm(
        f"Cancel {request.name}?",
        f"{parts.subject(request)} does not begin when its time comes, and nothing is changed; it "
        "can be asked for again.",
        "Cancel it",
        "Keep it",
        danger=True,
    )
    return [actions(button("Cancel", ids.CANCEL, str(request.id), style="danger", ask=ask))]


def steering(run: Run) -> list[Block]:
    """Pause and Abort while it goes, Resume and Abort while it stands; what was asked is gone."""
    number = str(run.id)
    if run.state is not RunState.RUNNING:
        return [actions(button("Resume", ids.RESUME, number, style="primary"), _abort(run))]
    if run.control is Control.ABORT:
        return []
    if run.control is Control.PAUSE:
        return [actions(_abort(run))]
    promote = [_promote(run)] if _waits_to_be_sure(run) else []
    return [actions(button("Pause", ids.PAUSE, number), *promote, _abort(run))]


def _waits_to_be_sure(run: Run) -> bool:
    step = run.next_step
    return step is not None and step.spec.promotable and not step.promoted_by


def _promote(run: Run) -> Block:
    step = run.next_step
    what = plain(step.spec.title) if step is not None else ""
    ask = confirm(
        f"Promote {run.name}?",
        cut_plain(
            f"“{what}” counts as done after one more look, and the run goes on to its next step. A "
            "breach that this look sees still turns it round.",
            300,
        ),
        "Promote now",
        "Keep watching",
    )
    return button("Promote now", ids.PROMOTE, str(run.id), ask=ask)


def _abort(run: Run) -> Block:
    what = (
        "The run goes back after the present attempt: traffic first, then what else it changed."
        if run.has_way_back
        else "The run ends after the present attempt and cannot be resumed. What was done stays; "
        "nothing is undone."
    )
    ask = confirm(f"Abort {run.name}?", what, "Abort", "Go on", danger=True)
    return button("Abort", ids.ABORT, str(run.id), style="danger", ask=ask)
