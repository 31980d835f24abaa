"""What is left to do after a rollback: its card, and the note to the team.

Before: the engine gathers an `AfterView`, anew whenever a box is ticked. After: the Slack adapter.
Each open box stands with the exact command that helps.
"""

from __future__ import annotations

from blocks import parts
from blocks.checklist import box_line, opening
from blocks.elements import Block, actions, bullets, context, header, section
from blocks.text import channel, cut, inline, mention, spoken, typed
from bot.domain.afterwards import (
    BOXES,
    ENGINEERING,
    POSTMORTEM,
    REPORT,
    ROOT_CAUSE,
    STATUS_PAGE,
    moved_back,
)
from bot.domain.checklist import Box
from bot.domain.listing import both
from bot.domain.message import Message
from bot.domain.view import AfterView

NOBODYS = "INCIDENT"
"""In a command where the incident's name would stand."""


def after_card(view: AfterView) -> Message:
    """The card, with or without boxes left."""
    left = len(view.left)
    state = f"{left} of {len(BOXES)} left to do" if left else "all is done"
    title = f"After {parts.subject(view.request)}: {state}"
    by_key = {tick.key: tick for tick in view.ticks}
    lines = [_line(view, box_line(box, by_key.get(box.key)), box) for box in BOXES]
    blocks = [
        header(f"{'📋' if left else '✅'} {title}"),
        section(_what(view)),
        bullets("*Post-rollback actions*", lines, mark=""),
        *_missing(view),
        actions(opening(f"A{view.run.id}")),
        context(f"The run: `{parts.show(view.request)}`"),
    ]
    todo = f" Still open: {both([inline(box.title, 100) for box in view.left])}." if left else ""
    return Message(text=cut(f"{inline(title, 500)}.{todo}", 3000), blocks=tuple(blocks))


def engineering(view: AfterView) -> Message:
    """The note to the team; posted once and never changed."""
    request = view.request
    given = [mention(approval.actor) for approval in parts.yes(request.approvals)]
    agreed = f", approved by {both(given)}" if given else ""
    why = inline(request.reason, 600) if request.reason.strip() else "no reason was given"
    name = inline(parts.resource(request.plan.resource), 100)
    by = f"{request.name} by {mention(request.actor)}{agreed}: {why}"
    more = f"All of it: `{parts.show(request)}` in {channel(request.channel)}"
    return Message(
        text=cut(f"{name} was rolled back. {by}", 3000),
        blocks=(
            header(f"⏪ {parts.resource(request.plan.resource)} was rolled back"),
            section(_what(view)),
            section(by),
            context(more),
        ),
    )


def _what(view: AfterView) -> str:
    """What was moved back, from what to what."""
    run, plan = view.run, view.request.plan
    if run.turned is None:
        said = inline(plan.summary, 1200)
    else:
        what = f"{inline(run.operation, 60)} of {inline(parts.resource(run.resource), 100)}"
        said = f"The {what} turned round and went back. {spoken(run.note, 1000)}"
    moved = [
        f"• {inline(c.subject, 120)}: {inline(c.before, 220)} → *{inline(c.after, 220)}*"
        for c in moved_back(view.request, run)[:5]
    ]
    return cut("\n".join([said, *moved]), 3000)


def _line(view: AfterView, line: str, box: Box) -> str:
    """A box, and while it is open what helps."""
    return f"{line}\n      {_help(view)[box.key]}" if box in view.left else line


def _help(view: AfterView) -> dict[str, str]:
    incident = view.incident.name if view.incident is not None else NOBODYS
    asked = f"{mention(view.asked)}, what was it? " if view.asked else ""
    told = (
        f"FilmOps tells {channel(view.engineering)} by itself"
        if view.engineering
        else "say it there; with `studio.engineering_channel` FilmOps does"
    )
    return {
        STATUS_PAGE: typed(f"/filmops incident publish {incident} monitoring WORDS…"),
        ENGINEERING: told,
        REPORT: typed(f"/filmops incident report {incident}"),
        POSTMORTEM: typed(f"/filmops incident note {incident} the post-mortem is on …"),
        ROOT_CAUSE: asked + typed(f"/filmops incident note {incident} root cause: …"),
    }


def _missing(view: AfterView) -> list[Block]:
    if view.incident is not None or not view.left:
        return []
    name = parts.resource(view.run.resource)
    command = typed(f"/filmops incident declare P4 {name} rolled back by {view.request.name}")
    return [context(f"No incident of it is known. To have one to write to: {command}")]
