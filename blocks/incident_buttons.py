"""An incident's buttons. Each carries its number, and is gone when it makes no sense.

Before: `blocks.ids`. After: `blocks.incident_card`, the Home tab. Acknowledging asks nothing back:
nobody should have to press twice at night, and it can be undone by a word.
"""

from __future__ import annotations

from blocks import ids
from blocks.elements import Block, actions, button, confirm
from blocks.incident_parts import level
from bot.domain.incident import Incident, IncidentState, Why
from bot.domain.view import IncidentView


def buttons(view: IncidentView) -> list[Block]:
    """Acknowledge, Resolve, Escalate now, Note; none when it is over."""
    incident = view.incident
    if incident.state is IncidentState.RESOLVED:
        return []
    number = str(incident.id)
    made = [
        *acknowledging(incident, ids.INCIDENT_ACK),
        button("Resolve", ids.INCIDENT_RESOLVE, number, ask=_resolving(incident)),
        *_escalating(view),
        button("Note", ids.INCIDENT_NOTE, number),
    ]
    return [actions(*made)]


def acknowledging(incident: Incident, action: str) -> list[Block]:
    """While nobody has it, and when somebody who has it was asked for a word."""
    open_ = incident.state is IncidentState.OPEN
    asked = incident.state is IncidentState.ACKNOWLEDGED and incident.resume_why is Why.SILENCE
    if not open_ and not asked:
        return []
    words = "Acknowledge all" if incident.children else "Acknowledge"
    return [button(words, action, str(incident.id), style="primary")]


def rolling_back(incident: Incident) -> Block:
    """Asks for the rollback of its service; the plan and the approval follow."""
    return button("Rollback…", ids.INCIDENT_ROLLBACK, str(incident.id))


def _resolving(incident: Incident) -> Block:
    all_ = f", its {incident.children} others with it" if incident.children else ""
    return confirm(
        f"Resolve {incident.name}?",
        f"It is over for everybody{all_}, at PagerDuty too. An alert that comes again opens "
        "another incident.",
        "Resolve",
        "Not yet",
    )


def _escalating(view: IncidentView) -> list[Block]:
    """While there is a level that has not been paged yet."""
    page, incident = view.next_page, view.incident
    if page is None or incident.state is not IncidentState.OPEN:
        return []
    ask = confirm(
        f"Page the next level of {incident.name}?",
        f"{level(page.level, view.levels)} is paged now instead of waiting.",
        "Page now",
        "Wait",
        danger=True,
    )
    return [
        button("Escalate now", ids.INCIDENT_ESCALATE, str(incident.id), style="danger", ask=ask)
    ]
