"""The answer to `/filmops operations`: who asked for what lately, and what changed.

Before: the handler reads requests, runs and the change log. After: the Slack adapter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from blocks import parts
from blocks.elements import Block, bullets, context, header, section
from blocks.text import count, duration, inline, mention, moment
from blocks.wording import REQUEST_ICONS, RUN_ICONS, later
from bot.domain.listing import both
from bot.domain.message import Message
from bot.domain.request import Request
from bot.domain.run import ChangeLogEntry, Run


def history(
    requests: Sequence[Request],
    runs: Iterable[Run],
    changes: Sequence[ChangeLogEntry],
    about: str = "everything",
) -> Message:
    """Requests with what became of them, and the change log, newest first."""
    by_id = {run.id: run for run in runs}
    lines = [_request(request, by_id) for request in requests]
    logged = [_change(entry) for entry in changes]
    what = inline(about, 100)
    asked, changed = count(len(requests), "request"), count(len(changes), "change")
    return Message(
        text=f"Operations on {what}: {asked}, {changed}, newest first.",
        blocks=(
            header(f"Operations on {about}"),
            *_list("Requests", lines, "Nothing has been asked for yet."),
            *_list("Change log", logged, "Nothing has been changed yet."),
            context("Everything about one: `/filmops show R42`."),
        ),
    )


def _list(title: str, lines: Sequence[str], empty: str) -> list[Block]:
    """A titled list over several sections of ten; twenty sections at most."""
    if not lines:
        return [section(f"*{title}*\n{empty}")]
    starts = range(0, min(len(lines), 200), 10)
    return [bullets("" if at else f"*{title}*", lines[at : at + 10]) for at in starts]


def _request(request: Request, runs: Mapping[int, Run]) -> str:
    run = runs.get(request.id)
    icon = RUN_ICONS[run.state] if run is not None else REQUEST_ICONS[request.state]
    words = str(run.state) if run is not None else later(request) or str(request.state)
    took = (
        f" after {duration(run.ended_at - run.started_at)}"
        if run is not None and run.ended_at is not None
        else ""
    )
    reason = f": {inline(request.reason, 150)}" if request.reason.strip() else ""
    return (
        f"{icon} *{inline(parts.subject(request), 200)}* {words}{took}, asked by "
        f"{mention(request.actor)} {moment(request.asked_at)}{reason}"
    )


def _change(entry: ChangeLogEntry) -> str:
    approved = both([mention(user) for user in entry.approved_by])
    agreed = f", approved by {approved}" if approved else ""
    return (
        f"{moment(entry.at)} R{entry.run} {inline(parts.resource(entry.resource), 80)}: "
        f"{inline(entry.before, 100)} → {inline(entry.after, 100)}, "
        f"asked by {mention(entry.asked_by)}{agreed}"
    )
