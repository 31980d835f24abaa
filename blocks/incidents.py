"""Answers about incidents: the list, one incident's whole story, and the line the Home tab shows.

Before: the handlers gather lines or an `IncidentView`. After: the Slack adapter shows them to the
one who asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from blocks import incident_parts as parts
from blocks.elements import MOST_BLOCKS, Block, bullets, context, fit, header, section
from blocks.incident_card import changed, coming, facts, sentence
from blocks.text import count, duration, inline, moment, second, spoken
from bot.domain.incident import Escalation, IncidentState
from bot.domain.message import Message
from bot.domain.view import IncidentLine, IncidentView
from bot.topology import Escalation as Ladders

_IN_SECTION = 2200
"""Characters of a timeline in one section, its marks not counted."""


def incident_list(
    lines: Sequence[IncidentLine], ladders: Ladders, now: datetime, *, left: int, recent: bool
) -> Message:
    """One line each; `left` more are not shown. `recent`: resolved ones were asked for too."""
    what = "recent incident" if recent else "open incident"
    if not lines:
        words = f"There is no {what}."
        return Message(
            text=words, blocks=(section(f"{words} `/filmops incident declare` opens one."),)
        )
    title = count(len(lines) + left, what)
    shown = [line_of(line, ladders, now) for line in lines]
    more = [context(f"… and {left} more")] if left else []
    text = "; ".join(inline(parts.headline(line.incident), 120) for line in lines[:5])
    return Message(
        text=f"{title}: {text}",
        blocks=(
            header(title),
            *(section(words) for words in shown),
            *more,
            context(f"As of {second(now)} · one of them: `/filmops incident show I7`"),
        ),
    )


def line_of(line: IncidentLine, ladders: Ladders, now: datetime) -> str:
    """Severity, name, age, whose, and what comes next when."""
    incident = line.incident
    names = tuple(level.name for level in ladders.levels)
    ladder = ladders.ladder(incident.severity)
    many = f" · {parts.many(incident)}" if parts.many(incident) else ""
    if incident.state is IncidentState.RESOLVED:
        told = parts.took(incident)
    else:
        age = duration(now - incident.opened_at)
        told = (
            f"{age} old, on {parts.service(incident)}, who has it: {parts.owner(incident)}{many}\n"
            f"{parts.upcoming(incident, line.next_page, ladder, names, now)}"
        )
    return f"*{inline(parts.headline(incident), 300)}*\n{told}"


def incident_story(view: IncidentView) -> Message:
    """Everything: state, who was paged when, what comes next, the whole timeline."""
    incident = view.incident
    over = incident.state is IncidentState.RESOLVED
    blocks = [
        header(parts.headline(incident)),
        section(facts(incident)),
        section(parts.took(incident) if over else f"*Next:* {coming(view)}"),
        *(_climb(view, climb) for climb in view.escalations),
        *changed(view, button=False),
        *_timeline(view),
        context(f"As of {second(view.now)}. Times to the second are the database's."),
    ]
    more = "The rest is in the thread of its card."
    return Message(text=sentence(view), blocks=fit(blocks, MOST_BLOCKS, more))


def _climb(view: IncidentView, climb: Escalation) -> Block:
    ended = (
        f", ended {moment(climb.ended_at)} ({inline(climb.ended_why, 80)})"
        if climb.ended_at
        else ""
    )
    title = f"*Climb {climb.number}* ({climb.why}), began {second(climb.began_at)}{ended}"
    lines = [parts.page(page, view.levels, view.now) for page in climb.pages]
    return bullets(title, lines) if lines else section(f"{title}: pages nobody")


def _timeline(view: IncidentView) -> list[Block]:
    """Why it was opened and what people noted is read to its end; the rest is short by itself."""
    lines = [f"{second(line.at)} {spoken(line.text, 450)}" for line in view.timeline]
    groups: list[list[str]] = []
    for line in lines:
        if not groups or sum(map(len, groups[-1])) + len(line) > _IN_SECTION:
            groups.append([])
        groups[-1].append(line)
    return [bullets("*Timeline*" if group is groups[0] else "", group) for group in groups]
