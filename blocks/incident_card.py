"""An incident's one message, from the first alert until it is resolved.

Before: the engine gathers an `IncidentView` and asks for it anew after every change, and each
minute while something is counted down. After: the Slack adapter posts it once and updates it in
place. The first block is the headline; the thread is the timeline.
"""

from __future__ import annotations

from blocks import incident_parts as parts
from blocks.elements import Block, bullets, context, header, section
from blocks.incident_buttons import buttons, rolling_back
from blocks.status import run_line
from blocks.text import cut, inline, mention, moment, second, spoken
from bot.domain.incident import Incident, IncidentState
from bot.domain.message import Message
from bot.domain.view import IncidentView

LAST_LINES = 3


def incident_card(view: IncidentView) -> Message:
    """The card, whatever state it is in."""
    incident = view.incident
    over = incident.state is IncidentState.RESOLVED
    blocks = [
        header(parts.headline(incident)),
        *_banner(incident),
        section(facts(incident)),
        section(parts.took(incident) if over else f"*Next:* {coming(view)}"),
        *_levels(view),
        *changed(view, button=not over),
        *_lines(view),
        *buttons(view),
        _fine_print(view),
    ]
    return Message(text=sentence(view), blocks=tuple(blocks))


def sentence(view: IncidentView) -> str:
    """The whole card in a sentence or two: what a notification and a screen reader read."""
    incident = view.incident
    over = incident.state is IncidentState.RESOLVED
    now = parts.took(incident) if over else coming(view)
    words = f"{inline(parts.headline(incident), 600)}. Service: {parts.service(incident)}. {now}"
    return cut(words.replace("*", ""), 3000)


def facts(incident: Incident) -> str:
    """Service, since when, by whom, whose."""
    began = (
        f"*Service:* {parts.service(incident)} · *since* {second(incident.opened_at)} · "
        f"*opened* {parts.SOURCES[incident.source]}, {mention(incident.opened_by)}"
    )
    lines = [began, f"*Who has it:* {parts.owner(incident)}"]
    if parts.many(incident):
        lines.append(parts.many(incident))
    if incident.parent is not None:
        lines.append(f"Part of the storm I{incident.parent}")
    return "\n".join(lines)


def coming(view: IncidentView) -> str:
    """What happens next if nobody does anything."""
    return parts.upcoming(view.incident, view.next_page, view.ladder, view.levels, view.now)


def changed(view: IncidentView, *, button: bool) -> list[Block]:
    """What changed on its service since an hour before it began, with the way back."""
    if not view.known_service:
        return []
    items = [
        *(run_line(run) for run in view.runs),
        *(
            f"{request.name} {inline(request.operation, 60)} waits for approval, asked by "
            f"{mention(request.actor)} {moment(request.asked_at)}"
            for request in view.requests
        ),
        *(
            f"{moment(change.at)} R{change.run} {inline(change.operation, 60)}: "
            f"{inline(change.summary, 300)}"
            for change in view.changes
        ),
    ]
    title = f"*Changed on {parts.service(view.incident)}* since {moment(view.looked_back)}"
    made = bullets(title, items) if items else section(f"{title}: nothing through FilmOps")
    return [{**made, "accessory": rolling_back(view.incident)} if button else made]


def _banner(incident: Incident) -> list[Block]:
    if incident.unowned_at is None:
        return []
    return [
        section(
            f":rotating_light: *UNOWNED since {moment(incident.unowned_at)}.* The whole ladder was "
            "climbed and nobody acknowledged. Nobody is paged any more: whoever reads this, "
            "acknowledge it or call somebody."
        )
    ]


def _levels(view: IncidentView) -> list[Block]:
    """The present climb; of one that is over, whom it paged."""
    climb = view.escalations[-1] if view.escalations else None
    shown = [] if climb is None else [p for p in climb.pages if climb.ended_at is None or p.sent_at]
    if climb is None or not shown:
        return []
    which = f", climb {climb.number}" if climb.number > 1 else ""
    lines = [parts.page(page, view.levels, view.now) for page in shown]
    return [bullets(f"*Levels{which}*", lines)]


def _lines(view: IncidentView) -> list[Block]:
    """The end of the timeline; all of it is the thread."""
    lines = [f"{second(line.at)} {spoken(line.text, 400)}" for line in view.timeline[-LAST_LINES:]]
    return [bullets("*Last in the timeline*", lines)] if lines else []


def _fine_print(view: IncidentView) -> Block:
    return context(
        f"As of {second(view.now)} · all of it: `/filmops incident show {view.incident.name}`"
    )
