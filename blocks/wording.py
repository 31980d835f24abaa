"""A request's state in one line: the card's headline, and the sentence that is its text.

Before: a `RequestView`. After: `blocks.card`, `blocks.reminder`. The headline has an icon and
says the same without it; the sentence is what a notification and a screen reader read.
"""

from __future__ import annotations

from blocks import parts
from blocks.text import count, cut, duration, inline, mention, spoken, utc
from bot.domain.request import Request, RequestState
from bot.domain.run import Control, Run, RunState, StepState
from bot.domain.view import RequestView

REQUEST_ICONS = {
    RequestState.PLANNED: "⏳",
    RequestState.APPROVED: "✅",
    RequestState.STARTED: "✅",
    RequestState.REJECTED: "⛔",
    RequestState.EXPIRED: "⌛",
    RequestState.STALE: "🔀",
    RequestState.REFUSED: "🚫",
    RequestState.CANCELLED: "⚪",
}
RUN_ICONS = {
    RunState.RUNNING: "▶️",
    RunState.PAUSED: "⏸️",
    RunState.HELD: "🛑",
    RunState.SUCCEEDED: "✅",
    RunState.FAILED: "❌",
    RunState.ABORTED: "⏹️",
}
_REQUEST_WORDS = {
    RequestState.APPROVED: "approved, about to start",
    RequestState.STARTED: "approved, starting",
    RequestState.REJECTED: "rejected, nothing was changed",
    RequestState.EXPIRED: "expired without approval, nothing was changed",
    RequestState.STALE: "plan is stale, nothing was changed",
    RequestState.REFUSED: "refused, nothing was changed",
    RequestState.CANCELLED: "cancelled, nothing was changed",
}


def headline(view: RequestView) -> str:
    """Icon, subject and state, plain."""
    request, run = view.request, view.run
    icon = RUN_ICONS[run.state] if run is not None else REQUEST_ICONS[request.state]
    return f"{icon} {parts.subject(request)}: {state(view)}"


def sentence(view: RequestView) -> str:
    """The whole card in a sentence or two of mrkdwn."""
    request = view.request
    why = f", because: {inline(request.reason, 300).rstrip('.')}" if request.reason.strip() else ""
    opening = f"{inline(parts.subject(request), 300)}: {inline(state(view))}."
    return cut(f"{opening} Asked by {mention(request.actor)}{why}.{_and_now(view)}", 3000)


def state(view: RequestView) -> str:
    """Where it stands, plain, in a few words."""
    if view.run is not None:
        return _run_state(view.run, view)
    if view.request.state is RequestState.PLANNED:
        return f"waiting for {_ticks(view)}{count(view.request.still_needed, 'approval')}"
    if not view.request.plan.due(view.now):
        return later(view.request) or _REQUEST_WORDS[view.request.state]
    return _REQUEST_WORDS[view.request.state]


def later(request: Request) -> str:
    """When an approved request that has a time of its own begins, which may be a day away, plain;
    empty for any other.
    """
    if request.state is not RequestState.APPROVED or request.plan.start_at is None:
        return ""
    return f"approved, begins at {utc(request.plan.start_at)}"


def _ticks(view: RequestView) -> str:
    left = len(view.open_boxes)
    return f"{count(left, 'tick')} and " if left else ""


def _run_state(run: Run, view: RequestView) -> str:
    took = duration((run.ended_at or view.now) - run.started_at)
    if run.state is RunState.RUNNING:
        way = "running" if run.turned is None else "GOING BACK"
        return f"{way}, {_step(run)}{_asked_of(run)}"
    back = ", gone back" if run.turned is not None else ""
    return {
        RunState.PAUSED: f"paused at {_step(run)}",
        RunState.HELD: f"HELD at {_step(run)}, a person must decide",
        RunState.SUCCEEDED: f"done in {took}",
        RunState.FAILED: f"failed after {took}{back}",
        RunState.ABORTED: f"aborted after {took}{back}",
    }[run.state]


def _step(run: Run) -> str:
    done = sum(1 for step in run.way if step.state is StepState.DONE)
    of_way = "" if run.turned is None else " of the way back"
    return f"step {min(done + 1, len(run.way))} of {len(run.way)}{of_way}"


def _asked_of(run: Run) -> str:
    return {
        Control.NONE: "",
        Control.PAUSE: ", about to pause",
        Control.ABORT: ", about to abort",
    }[run.control]


def _and_now(view: RequestView) -> str:
    """What the reader of a notification may have to do, or what came of it."""
    request, run = view.request, view.run
    if run is None and request.state is RequestState.PLANNED:
        return f" {parts.roles(view.approvers)} may approve until {utc(request.expires_at)}."
    note = _note(request, run)
    return f" {note}" if note else ""


def _note(request: Request, run: Run | None) -> str:
    note = run.note if run is not None else request.note
    return spoken(note, 1000) if note.strip() else ""
