"""Answers about the ladder: as it is set up, as it would go, as it went, and that it is tried.

Before: the handlers of `/filmops escalation …`. After: the Slack adapter.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from blocks.elements import Block, bullets, context, fit, header, section
from blocks.text import count, cut, duration, inline, mention, moment, typed, utc
from bot.domain.foresight import Foresight
from bot.domain.incident import Escalation, Incident, IncidentState, Page, Why
from bot.domain.listing import both
from bot.domain.live import Missing
from bot.domain.message import Message
from bot.domain.roster import Known, person_of, reachable
from bot.topology import Escalation as Ladders
from bot.topology import Ladder, Severity, Topology

_MOST_CLIMBS = 40
_WAITS = {
    Why.REPEAT: "the ladder is climbed again, or given up,",
    Why.SNOOZE: "the snooze ends",
    Why.MAINTENANCE: "the maintenance window ends",
    Why.PROMISE: "its owner is asked for news",
    Why.SILENCE: "without news the ladder is climbed again",
}
"""What an incident waits for, before a time."""


def ladders(escalation: Ladders) -> Message:
    """How each severity climbs."""
    lines = [_ladder(severity, escalation.ladder(severity)) for severity in Severity]
    levels = [
        f"{number}. {inline(level.name, 80)} (PagerDuty: {inline(level.pagerduty_service, 80)})"
        for number, level in enumerate(escalation.levels, start=1)
    ]
    return Message(
        text=cut(f"The ladders. {' '.join(lines)}", 3000),
        blocks=(
            header("🪜 The ladders"),
            bullets("*Levels*", levels, mark=""),
            bullets("*Severities*", lines),
            context(
                "What one would do: `/filmops escalation simulate`. One incident's climbs: "
                "`/filmops escalation show I7`. Set in filmops.toml, `[escalation]`."
            ),
        ),
    )


def _ladder(severity: Severity, ladder: Ladder) -> str:
    head = f"*{severity}* {inline(ladder.title, 100)}: "
    if not ladder.waits:
        return f"{head}pages nobody."
    due = [f"level {n} after {wait:g} min" for n, wait in enumerate(ladder.waits, start=1)]
    again = f"again {ladder.repeat_minutes:g} min later" if ladder.repeats else "then UNOWNED"
    times = f", {count(ladder.repeats, 'time')}, then UNOWNED" if ladder.repeats else ""
    return (
        f"{head}{', '.join(due)}; {again}{times}. An acknowledgement holds "
        f"{ladder.promise_minutes:g} min without news, then {ladder.grace_minutes:g} min more."
    )


def climbs(incident: Incident, climbed: Sequence[Escalation], now: datetime) -> Message:
    """Every climb of one incident with its pages, the present one last."""
    title = f"{incident.name} ({incident.severity}) {incident.title}"
    told = [block for escalation in climbed for block in _climb(escalation)]
    nothing = "It has not been climbed." if not climbed else ""
    next_ = _next(incident, climbed, now)
    more = f"All of it: `/filmops incident show {incident.name}`"
    return Message(
        text=cut(f"{inline(title, 300)}: {count(len(climbed), 'climb')}. {next_}", 3000),
        blocks=(
            header(f"🪜 {title}"),
            *fit(told, _MOST_CLIMBS, more),
            *([section(nothing)] if nothing else []),
            section(f"*Next:* {next_}"),
        ),
    )


def _climb(escalation: Escalation) -> list[Block]:
    ended = f", ended {moment(escalation.ended_at)}" if escalation.ended_at else ""
    why = f" ({inline(escalation.ended_why, 100)})" if ended and escalation.ended_why else ""
    head = f"*Climb {escalation.number}* ({escalation.why}) {moment(escalation.began_at)}"
    pages = sorted(escalation.pages, key=lambda page: page.level)
    return [bullets(f"{head}{ended}{why}", [_page(page) for page in pages])]


def _page(page: Page) -> str:
    words = [f"level {page.level}: *{page.state}*", f"due {moment(page.due_at)}"]
    if page.sent_at is not None:
        late = page.sent_at - page.due_at
        words.append(f"paged {moment(page.sent_at)}, {duration(late)} after it was due")
    if page.reached:
        words.append(f"reached {both([inline(name, 80) for name in page.reached])}")
    if page.said:
        words.append(inline(page.said, 200))
    return ", ".join(words)


def _next(incident: Incident, climbed: Sequence[Escalation], now: datetime) -> str:
    if incident.state is IncidentState.RESOLVED:
        return "nothing, it is resolved."
    if incident.parent is not None:
        return f"as its storm has it: {typed(f'/filmops escalation show I{incident.parent}')}"
    armed = [(p.next_at, p.level) for e in climbed for p in e.pages if p.next_at is not None]
    said = [
        f"level {level} is paged {moment(at)} (in {duration(at - now)})"
        for at, level in sorted(armed)[:1]
    ]
    if incident.resume_at is not None and incident.resume_why is not None:
        words = _WAITS.get(incident.resume_why, str(incident.resume_why))
        said.append(f"{words} {moment(incident.resume_at)}")
    if incident.unowned_at is not None:
        said.append(f"nothing: UNOWNED since {moment(incident.unowned_at)}")
    return f"{'; '.join(said) or 'nothing, its severity pages nobody'}."


def simulated(foresight: Foresight, known: Known | Missing, topology: Topology) -> Message:
    """Who would be paged when."""
    title = f"{foresight.severity} at {utc(foresight.began_at)}"
    lines = [
        f"{moment(page.at)} climb {page.climb}, level {page.level}: "
        f"{_rung(page.level, known, topology)}"
        for page in foresight.pages
    ]
    lines += [f"{moment(at)} {words}" for at, words in foresight.afterwards]
    passed = [
        f"Level {level}: nobody is on call there, it is passed over at once."
        for level in sorted(foresight.passed)
    ]
    lines = lines or ["Nobody is paged."]
    return Message(
        text=cut(f"{title}: {'; '.join(lines)} {' '.join(passed)}".strip(), 3000),
        blocks=(
            header(f"🔮 {title}"),
            *(bullets("", lines[at : at + 12]) for at in range(0, len(lines), 12)),
            *([bullets("", passed)] if passed else []),
            context(
                "Only thought through: nothing was opened and nobody was paged.",
                _whose(known),
            ),
        ),
    )


def _rung(level: int, known: Known | Missing, topology: Topology) -> str:
    name = inline(topology.escalation.levels[level - 1].name, 80)
    people = () if isinstance(known, Missing) else reachable(known.levels.get(level, ()))
    found = [(one, person_of(one, topology)) for one in people]
    said = [mention(p.slack) if p is not None else inline(one.name, 80) for one, p in found]
    return f"{name}, {both(said)}" if said else name


def _whose(known: Known | Missing) -> str:
    if isinstance(known, Missing):
        return f"Who is on call is not known: {inline(known.reason, 300)}"
    return f"The people are those on call {moment(known.read_at)}, whatever the time asked for."


def drilled(drill: Incident, ladder: Ladder) -> Message:
    """A drill has begun: the team must not take it for the real thing."""
    end = f"{ladder.waits[-1] + ladder.repeat_minutes:g} min"
    words = (
        f"*DRILL {drill.name} ({drill.severity}) has begun*, asked for by "
        f"{mention(drill.opened_by)}. Nothing is wrong: the levels are paged as they would be, "
        "and the time to the first answer is measured"
    )
    return Message(
        text=f"DRILL {drill.name} ({drill.severity}) has begun: nothing is wrong. Acknowledge it.",
        blocks=(
            section(f":rotating_light: {words}."),
            context(
                f"Acknowledge on the phone or with {typed(f'/filmops incident ack {drill.name}')}; "
                f"it ends by itself then, or after {end}."
            ),
        ),
        public=True,
    )
