"""A request's one message, from the plan that waits to the run that ended.

Before: the engine gathers a `RequestView` and asks for it anew after every change. After: the
Slack adapter posts it once and updates it in place. The first block is the headline, because
notifications and screen readers begin there; buttons carry the request's number only, and go
away with the decision.
"""

from __future__ import annotations

from blocks import parts
from blocks.card_buttons import deciding, steering, waiting
from blocks.checklist import checklist
from blocks.elements import Block, context, header, section
from blocks.steps import progress
from blocks.text import count, duration, inline, mention, moment, spoken
from blocks.wording import headline, sentence
from bot.domain.listing import both
from bot.domain.message import Message
from bot.domain.plan import Plan
from bot.domain.request import RequestState
from bot.domain.run import Run, RunState
from bot.domain.view import RequestView

NEXT = {
    RequestState.REJECTED: "Nothing was changed. To ask again",
    RequestState.EXPIRED: "Nobody approved in time and nothing was changed. To ask again",
    RequestState.STALE: "Production is no longer what was approved, so nothing was changed. "
    "To plan from what it is now",
    RequestState.REFUSED: "Nothing was changed. When that is out of the way",
    RequestState.CANCELLED: "Nothing was changed. To ask again",
}
"""What a request that came to nothing left behind, and what to type next."""


def request_card(view: RequestView) -> Message:
    """The card, whatever state the request and its run are in."""
    request = view.request
    if view.run is not None:
        body = _run(view, view.run)
    elif request.state is RequestState.PLANNED:
        body = _planned(view)
    elif request.state in NEXT:
        body = _came_to_nothing(view)
    else:
        body = _starting(view)
    blocks = [header(headline(view)), parts.asked_by(request), *body]
    return Message(text=sentence(view), blocks=tuple(blocks))


def _planned(view: RequestView) -> list[Block]:
    request = view.request
    return [
        *_plan(view),
        section(
            f"*Still needed:* {_boxes_first(view)}{count(request.still_needed, 'approval')} from "
            f"{parts.roles(view.approvers)}, not {mention(request.actor)}, who asked. "
            f"Expires {moment(request.expires_at)}."
        ),
        *parts.lines("More approvals than usual", request.plan.more_approvals, parts.show(request)),
        *_answers(view),
        deciding(request),
    ]


def _boxes_first(view: RequestView) -> str:
    left = len(view.open_boxes)
    return f"{count(left, 'tick')} on the checklist, then " if left else ""


def _plan(view: RequestView) -> list[Block]:
    """All that an approver agrees to."""
    plan, more = view.request.plan, parts.show(view.request)
    return [
        section(f"*What:* {inline(plan.summary, 2800)}"),
        *_when(plan),
        *parts.changes(plan, "Before → after", more),
        *checklist(plan.checks, plan.boxes, view.ticks),
        *parts.lines(":warning: Warnings", plan.warnings, more),
        *parts.lines("Evidence", plan.evidence, more),
        parts.steps(plan, more),
        *parts.calls(plan, more),
        _fine_print(view),
    ]


def _when(plan: Plan) -> list[Block]:
    """A time of its own, and why nobody was asked."""
    said: list[str] = []
    if plan.start_at is not None:
        until = "" if plan.start_by is None else f", not later than {moment(plan.start_by)}"
        said.append(f"*Starts* {moment(plan.start_at)}{until}.")
    if plan.pre_approved:
        said.append(f"*Nobody has to approve:* {inline(plan.pre_approved, 500)}")
    return [section("\n".join(said))] if said else []


def _fine_print(view: RequestView) -> Block:
    request = view.request
    return context(
        f"Risk: {parts.RISKS[request.risk]} · fingerprint of the live state: "
        f"`{request.plan.fingerprint}` · plan `{request.plan.hash[:12]}`"
    )


def _answers(view: RequestView) -> list[Block]:
    said = parts.said_so(view.request.approvals)
    return [section(said[:1].upper() + said[1:] + ".")] if said else []


def _starting(view: RequestView) -> list[Block]:
    """Approved: the fresh look and the start come next, by themselves."""
    request = view.request
    note = request.note.strip()
    return [
        *_plan(view),
        *_answers(view),
        *([section(spoken(note, 2800))] if note else []),
        context("Before it starts, production is looked at again: if it moved, nothing is done."),
        *(waiting(request) if request.state is RequestState.APPROVED else []),
    ]


def _came_to_nothing(view: RequestView) -> list[Block]:
    request = view.request
    ended = f" {moment(request.settled_at)}" if request.settled_at is not None else ""
    note = f": {spoken(request.note, 2500)}" if request.note.strip() else "."
    return [
        section(f"*{request.state.capitalize()}*{ended}{note}"),
        *_answers(view),
        section(f"{NEXT[request.state]}: {parts.command(request.words)}"),
        section(f"*It would have been:* {inline(request.plan.summary, 2500)}"),
        _fine_print(view),
    ]


def _run(view: RequestView, run: Run) -> list[Block]:
    body = [
        section(f"*What:* {inline(view.request.plan.summary, 2800)}"),
        *_answers(view),
        *_aloud(run),
        progress(run),
    ]
    if run.state.open:
        return [*body, *_footing(view, run), *steering(run)]
    return [*body, *_ended(view, run)]


def _aloud(run: Run) -> list[Block]:
    """What a person must know before the steps: why it stands still, and what now."""
    note = spoken(run.note, 2000) if run.note.strip() else ""
    abort = "goes back first, traffic before all else" if run.has_way_back else "ends the run here"
    if run.state is RunState.HELD:
        return [
            section(
                f":octagonal_sign: *HELD. A person must decide.* "
                f"{note or 'Going on is not known to be safe.'}\n"
                "Nothing more is done until then, and what was done stays. *Resume* looks again "
                f"at the present step and goes on; *Abort* {abort}."
            )
        ]
    if run.state is RunState.PAUSED:
        words = note or "Somebody asked for a pause."
        return [section(f"*Paused.* {words} *Resume* goes on; *Abort* {abort}.")]
    return [section(note)] if note else []


def _footing(view: RequestView, run: Run) -> list[Block]:
    since = f"Started {moment(run.started_at)}, {duration(view.now - run.started_at)} ago"
    return [context(f"{since} · release {inline(run.release, 80)} · `{parts.show(view.request)}`")]


def _ended(view: RequestView, run: Run) -> list[Block]:
    request, more = view.request, parts.show(view.request)
    done = run.state is RunState.SUCCEEDED
    title = "Before → after" if done else "Was meant to change; the steps show how far it came"
    return [
        *parts.changes(request.plan, title, more),
        section(_who_and_how_long(view, run)),
        *parts.lines("If you wish, never done by the bot itself", request.plan.offers, more),
        context(f"Everything about it: `{more}`"),
    ]


def _who_and_how_long(view: RequestView, run: Run) -> str:
    ended = run.ended_at or view.now
    how = "Done in" if run.state is RunState.SUCCEEDED else f"{run.state.capitalize()} after"
    given = [mention(a.actor) for a in parts.yes(view.request.approvals)]
    why = view.request.plan.pre_approved
    nobody = f"nobody: {inline(why, 500).rstrip('.')}" if why else "nobody"
    return (
        f"*{how} {duration(ended - run.started_at)}*, "
        f"{moment(run.started_at)} to {moment(ended)}, "
        f"asked by {mention(view.request.actor)}, approved by {both(given) or nobody}."
    )
