"""The answer to `/filmops show R42`: a request with its exact calls, answers and journal.

Before: the handler reads the request and its run. After: the Slack adapter. Nothing is cut that
Slack could show: calls run over as many code blocks as there is room for.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from blocks import parts
from blocks.checklist import checklist
from blocks.elements import MOST_BLOCKS, Block, bullets, code, context, fit, header, section
from blocks.steps import said
from blocks.text import duration, escape, inline, moment, spoken
from blocks.wording import headline, sentence
from bot.domain.message import Message
from bot.domain.plan import Plan
from bot.domain.run import Run, Step
from bot.domain.view import RequestView

_ROOM = 2700
"""Escaped characters of calls in one code block."""
_LIST = 4
"""Steps listed in one section."""


def show(view: RequestView) -> Message:
    """Everything the journal has about it. No buttons: those are on the card."""
    request = view.request
    plan = request.plan
    called = _calls(plan)
    blocks = [
        header(headline(view)),
        parts.asked_by(request),
        section(f"*What:* {inline(plan.summary, 2800)}"),
        _standing(view),
        *parts.changes(plan, "Before → after", ""),
        *(_journal(view.run) if view.run is not None else _planned(plan)),
        *checklist(plan.checks, plan.boxes, view.ticks),
        *parts.lines("Warnings", plan.warnings, ""),
        *parts.lines("Evidence", plan.evidence, ""),
        *parts.lines("Offers, never done by the bot itself", plan.offers, ""),
        *_facts(plan),
        *called,
    ]
    rest = "The whole plan is in the journal (`filmops audit`)."
    whole = len(called) <= MOST_BLOCKS
    return Message(text=sentence(view), blocks=fit(blocks, MOST_BLOCKS, rest, counted=whole))


def _standing(view: RequestView) -> Block:
    request, run = view.request, view.run
    lines = [
        f"*State:* {request.state}" + (f", run {run.state}" if run is not None else ""),
        f"*Answers:* {parts.said_so(request.approvals) or 'none yet'}",
        f"*Approvals still needed:* {request.still_needed} of {request.needed}",
        f"*Expires:* {moment(request.expires_at)}",
        f"*Risk:* {parts.RISKS[request.risk]}",
    ]
    if request.note.strip():
        lines.append(f"*Note:* {spoken(request.note, 800)}")
    if run is not None:
        lines.append(f"*Run:* {_when(run, view)}, release {inline(run.release, 80)}")
        if run.note.strip():
            lines.append(f"*Run's note:* {spoken(run.note, 800)}")
    return section("\n".join(lines))


def _when(run: Run, view: RequestView) -> str:
    if run.ended_at is None:
        return f"started {moment(run.started_at)}, {duration(view.now - run.started_at)} ago"
    took = duration(run.ended_at - run.started_at)
    return f"{moment(run.started_at)} to {moment(run.ended_at)}, {took}"


def _journal(run: Run) -> list[Block]:
    lines = [_step(step) for step in run.steps]
    return _sections("*Journal*", lines)


def _step(step: Step) -> str:
    tries = f", {step.attempt} attempts" if step.attempt > 1 else ""
    lost = f", {step.deaths} lost with their worker" if step.deaths else ""
    began = f", begun {moment(step.started_at)}" if step.started_at is not None else ""
    words = inline(said(step), 350) if said(step) else ""
    return (
        f"{step.position + 1}. *{inline(step.spec.title, 150)}*: {step.state}{tries}{lost}{began}"
        + (f"\n      {words}" if words else "")
    )


def _planned(plan: Plan) -> list[Block]:
    titles = [
        f"{n}. {'(way back) ' if step.back else ''}{inline(step.title, 300)}"
        for n, step in enumerate(plan.steps, 1)
    ]
    return _sections("*Steps*", titles)


def _sections(title: str, lines: list[str]) -> list[Block]:
    """A list over several sections; a hundred steps at most are shown in one message."""
    starts = range(0, min(len(lines), 100), _LIST)
    blocks = [bullets("" if at else title, lines[at : at + _LIST], mark="") for at in starts]
    return [*blocks, context(f"… and {len(lines) - 100} more")] if len(lines) > 100 else blocks


def _facts(plan: Plan) -> list[Block]:
    lines = [f"{inline(name, 150)}: {inline(value, 300)}" for name, value in plan.facts.items()]
    title = f"*Live state it was made from* (fingerprint `{plan.fingerprint}`)"
    return [bullets(title, lines)] if lines else []


def _calls(plan: Plan) -> list[Block]:
    """As many as a message has room for, and one more where there are more: a plan may have a
    million, and a person waits for the answer.
    """
    made = [parts.call(one) for step in plan.steps for one in step.calls]
    chunks = _chunks("\n".join(made)) if made else ()
    return [
        code(chunk, "*Exact API calls*" if number == 0 else "*… calls, continued*")
        for number, chunk in enumerate(islice(chunks, MOST_BLOCKS + 1))
    ]


def _chunks(text: str) -> Iterator[str]:
    """The text in pieces that still fit once escaped, broken at lines where possible."""
    piece = ""
    for line in text.split("\n"):
        for part in _pieces(line):
            if piece and len(escape(f"{piece}\n{part}")) > _ROOM:
                yield piece
                piece = part
            else:
                piece = f"{piece}\n{part}" if piece else part
    yield piece


def _pieces(line: str) -> Iterator[str]:
    """A line in parts no escaping can make too long (`&` becomes five characters)."""
    step = _ROOM // 5
    for at in range(0, max(len(line), 1), step):
        yield line[at : at + step]
