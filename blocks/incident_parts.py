"""What an incident's card, list and story say alike: its state, its levels, what comes next.

Before: `blocks.text`. After: `blocks.incident_card`, `blocks.incidents`. Texts returned are
escaped mrkdwn unless a docstring says plain. Times are Slack's own, so they stay true between
two drawings; a countdown says beside it when it was counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from blocks.text import count, duration, inline, mention, moment, second
from bot.domain.incident import Incident, IncidentState, Page, PageState, Source, Why
from bot.domain.listing import both
from bot.topology import Ladder

SOURCES = {
    Source.HAND: "by hand",
    Source.CLOUDWATCH: "by a CloudWatch alarm",
    Source.PAGERDUTY: "at PagerDuty",
    Source.FILMOPS: "by FilmOps' own watch",
    Source.STORM: "because many came at once",
    Source.DRILL: "as a drill",
}
_WITHOUT = {Why.SNOOZE: "SNOOZED", Why.MAINTENANCE: "HELD BY MAINTENANCE"}


def standing(incident: Incident) -> str:
    """Its state in capitals, plain: `OPEN`, `UNOWNED`, `OPEN, SNOOZED`."""
    if incident.unowned_at is not None:
        return "UNOWNED"
    state = str(incident.state).upper()
    if incident.state is IncidentState.OPEN and incident.resume_why in _WITHOUT:
        return f"{state}, {_WITHOUT[incident.resume_why]}"
    return state


def headline(incident: Incident) -> str:
    """`P1 I7 OPEN: login fails`, plain."""
    drill = "DRILL " if incident.is_drill else ""
    return f"{drill}{incident.severity} {incident.name} {standing(incident)}: {incident.title}"


def service(incident: Incident) -> str:
    """Which service, or that it is not known."""
    return inline(incident.service, 100) if incident.service else "not known"


def owner(incident: Incident) -> str:
    """Who has it, or that nobody has."""
    if incident.owner:
        waits = "" if incident.acked_at or incident.resolved_at else ", who has not acknowledged"
        return mention(incident.owner) + waits
    return mention(incident.acked_by) if incident.acked_by else "nobody"


def level(number: int, levels: Sequence[str]) -> str:
    """`Level 2 (Engineering lead)`."""
    name = levels[number - 1] if 0 < number <= len(levels) else ""
    return f"Level {number} ({inline(name, 80)})" if name else f"Level {number}"


def page(one: Page, levels: Sequence[str], now: datetime) -> str:
    """One level of a climb: what became of its page, or when it is due."""
    return f"{level(one.level, levels)}: {_became(one, now)}"


def _became(one: Page, now: datetime) -> str:
    said = inline(one.said, 300) if one.said.strip() else "no reason is known"
    reached = both([inline(name, 80) for name in one.reached]) or "somebody"
    paged = f"paged {second(one.sent_at or one.due_at)}"
    return {
        PageState.ARMED: due(one.next_at or one.due_at, now),
        PageState.SENDING: "*is being paged now*",
        PageState.WAITING: f"*NOT PAGED YET*: {said}. It is tried until PagerDuty takes it",
        PageState.SENT: f"{paged}; whether it reached somebody is being looked at",
        PageState.CONFIRMED: f"{paged}, reached {reached}",
        PageState.UNCONFIRMED: f"{paged}, *UNCONFIRMED, it may have reached nobody*: {said}",
        PageState.SUPERSEDED: "not paged, because a higher level was due as well",
        PageState.SKIPPED: f"*SKIPPED*: {said}",
        PageState.REFUSED: f"*CANNOT BE PAGED*: {said}",
        PageState.CANCELLED: "not needed any more",
        PageState.GONE: "not needed any more; whether its page arrived is not known",
    }[one.state]


def due(at: datetime, now: datetime) -> str:
    """When something is to happen, with the countdown."""
    return f"due {moment(at)} (in {duration(at - now)})" if at > now else "*due now*"


def upcoming(
    incident: Incident, page: Page | None, ladder: Ladder, levels: Sequence[str], now: datetime
) -> str:
    """What happens next if nobody does anything; a sentence."""
    if incident.state is IncidentState.RESOLVED:
        return "Nothing more: it is resolved."
    if incident.parent is not None:
        return f"The storm I{incident.parent} pages for it."
    if incident.unowned_at is not None:
        return "*Nobody is paged any more*, and nobody has it."
    if page is not None and incident.state is IncidentState.OPEN:
        words = _became(page, now)
        return f"{level(page.level, levels)} is paged if nobody acknowledges: {words}."
    if incident.resume_at is None or incident.resume_why is None:
        return f"Nothing by itself: {incident.severity} pages nobody."
    return _waits(incident, incident.resume_at, incident.resume_why, ladder, now)


def _waits(incident: Incident, at: datetime, why: Why, ladder: Ladder, now: datetime) -> str:
    until, who = moment(at), owner(incident)
    note = f": {inline(incident.resume_note, 500)}" if incident.resume_note.strip() else ""
    match why:
        case Why.SNOOZE:
            return f"*Snoozed* until {until}{note}. Then the ladder is climbed."
        case Why.MAINTENANCE:
            return (
                f"*Pages are held by maintenance* until {until}{note}. Then the ladder is climbed."
            )
        case Why.PROMISE:
            return f"{who} has it until {until}; without a word by then they are asked."
        case Why.SILENCE:
            return f"{who} *was asked* and has not answered; the ladder is climbed again {until}."
        case _ if incident.repeats >= ladder.repeats:
            return f"All levels were paged. If nobody acknowledges, it is UNOWNED: {due(at, now)}."
        case _:
            turn = f"{incident.repeats + 1} of {ladder.repeats}"
            return (
                "All levels were paged. If nobody acknowledges, the ladder is climbed again "
                f"({turn}): {due(at, now)}."
            )


def many(incident: Incident) -> str:
    """How often it was alerted, and what a storm holds; empty for a single alert."""
    words = []
    if incident.children:
        words.append(f"{count(incident.children, 'incident')} in this storm")
    if incident.alerts > 1:
        last = f", the last {moment(incident.alerted_at)}" if incident.alerted_at else ""
        words.append(f"{count(incident.alerts, 'alert')}{last}")
    return " · ".join(words)


def took(incident: Incident) -> str:
    """Time to acknowledge and to resolve, of one that is over; a sentence."""
    if incident.resolved_at is None:
        return ""
    acked = (
        f"acknowledged by {mention(incident.acked_by)} after "
        f"{duration(incident.acked_at - incident.opened_at)}"
        if incident.acked_at is not None
        else "never acknowledged"
    )
    return (
        f"*Resolved* by {mention(incident.resolved_by)} {moment(incident.resolved_at)}, "
        f"after {duration(incident.resolved_at - incident.opened_at)}; {acked}."
    )
