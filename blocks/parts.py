"""What several messages say alike: a request's subject, its people, its plan.

Before: `blocks.elements`. After: the card, the reminder, history and show. All texts returned
are escaped mrkdwn unless a docstring says plain.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from blocks.elements import Block, bullets, code, section
from blocks.text import cut_plain, escape, inline, mention, moment, plain, typed
from bot.domain.listing import either
from bot.domain.plan import Call, Change, Plan
from bot.domain.request import Answer, Approval, Request
from bot.topology import Risk

RISKS = {
    Risk.READ: "reads only",
    Risk.LOW: "low risk",
    Risk.CHANGE: "changes production",
    Risk.DANGER: "dangerous",
}


def subject(request: Request) -> str:
    """What the request is about, plain, to be read aloud: `R42 rollback backend`."""
    return f"{request.name} {request.operation} {resource(request.plan.resource)}"


def resource(name: str) -> str:
    """A resource as people say it, plain: `service/backend` is backend, `*` is everything."""
    return "everything" if name == "*" else plain(name).rpartition("/")[2]


def command(words: str) -> str:
    """What to type, as code, for words as they were typed with or without `/filmops`."""
    return typed("/filmops " + words.removeprefix("/filmops").strip(), 1000)


def show(request: Request) -> str:
    """The command that shows everything about a request, plain."""
    return f"/filmops show {request.name}"


def yes(approvals: Iterable[Approval]) -> tuple[Approval, ...]:
    """Those who approved."""
    return tuple(a for a in approvals if a.answer is Answer.APPROVE)


def said_so(approvals: Iterable[Approval]) -> str:
    """Who answered what and when."""
    words = {Answer.APPROVE: "approved by", Answer.REJECT: "rejected by"}
    return "; ".join(f"{words[a.answer]} {mention(a.actor)} {moment(a.at)}" for a in approvals)


def roles(names: Iterable[str]) -> str:
    """Role names to choose from: `engineer, lead or cto`."""
    return either([inline(name, 80) for name in names]) or "nobody (the topology names no role)"


def asked_by(request: Request) -> Block:
    """Who asked for what, when, and why."""
    who = f"*Asked by* {mention(request.actor)} {moment(request.asked_at)}: "
    why = inline(request.reason, 1500) if request.reason.strip() else "no reason was given"
    return section(f"{who}{command(request.words)}\n*Why:* {why}")


def changes(plan: Plan, title: str, more: str) -> list[Block]:
    """Before → after, one line a subject; nothing when the plan changes nothing visible."""
    lines = [_change(change) for change in plan.changes]
    return [bullets(f"*{title}*", lines, more)] if lines else []


def _change(change: Change) -> str:
    before, after = inline(change.before, 220), inline(change.after, 220)
    return f"{inline(change.subject, 120)}: {before} → *{after}*"


def steps(plan: Plan, more: str) -> Block:
    """What will be done, in order; the way back apart, since it is hoped not to be needed."""
    forward = [step.title for step in plan.steps if not step.back]
    back = [step.title for step in plan.steps if step.back]
    titles = [f"{n}. {inline(title)}" for n, title in enumerate(forward, 1)]
    if back:
        titles.append(f"_If it must go back:_ {inline('; '.join(back), 600)}")
    return bullets("*Steps*", titles, more, mark="")


def call(made: Call) -> str:
    """An API call to read, plain: its name, then one parameter a line as JSON."""
    parameters = [
        f"  {name} = {json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)}"
        for name, value in made.parameters.items()
    ]
    return "\n".join([f"{made.service}.{made.action}", *parameters])


def calls(plan: Plan, more: str) -> list[Block]:
    """The exact API calls in one code block; long ones cut, the whole is at `more`. Those of the
    way back are like those they undo: they stand there alone.
    """
    full = [call(made) for step in plan.steps if not step.back for made in step.calls]
    if not full:
        return []
    room = max(250, 2400 // len(full))
    shown = [cut_plain(text, room) for text in full[:10]]
    body = "\n".join(shown)
    whole = shown == full and len(escape(body)) <= 2700
    title = "*Exact API calls*" + ("" if whole else f" (cut; full calls: `{more}`)")
    return [code(body, title)]


def lines(title: str, texts: Iterable[str], more: str) -> list[Block]:
    """A titled list of foreign sentences; nothing when there are none."""
    items = [inline(text) for text in texts]
    return [bullets(f"*{title}*", items, more)] if items else []
