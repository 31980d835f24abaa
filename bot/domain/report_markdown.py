"""An incident's report as Markdown, for people: the facts filled in, the judgement left to them.

Before: an `IncidentReport`. After: a file in the incident's thread. Nothing is escaped: what
people typed is theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from bot.domain.incident import Page, PageState
from bot.domain.incident_report import IncidentReport
from bot.domain.listing import both
from bot.domain.written import both_times, change_line

_PLACEHOLDER = "_To be written in the post-mortem._"
_STATES = {
    PageState.ARMED: "not due yet",
    PageState.SENDING: "is being sent",
    PageState.WAITING: "PagerDuty has not taken it yet; it is tried again",
    PageState.SENT: "PagerDuty took it; whom it reached is not known yet",
    PageState.UNCONFIRMED: "UNCONFIRMED: nobody was seen to be reached",
    PageState.SUPERSEDED: "superseded: a higher level was due as well",
    PageState.SKIPPED: "SKIPPED",
    PageState.REFUSED: "REFUSED by PagerDuty",
    PageState.CANCELLED: "cancelled: not needed any more",
    PageState.GONE: "not needed any more; it is not known whether it arrived",
}


def markdown(report: IncidentReport) -> str:
    """The whole report; ends with a line break."""
    parts = (
        _head(report),
        _section("Timeline", _timeline(report), "Nothing is written down."),
        _section("Who was paged", _pages(report), "Nobody: its severity pages nobody."),
        _section("What changed around it", _changes(report), "Nothing that FilmOps knows of."),
        _section("Runs during it", _runs(report), "None."),
        _section("Part of this storm", _children(report), "") if report.children else "",
        _section("Root cause", [_PLACEHOLDER], ""),
        _section("Contributing factors", ["- " + _PLACEHOLDER], ""),
        _section("After the incident", _checklist(report), ""),
        _section("Actions", ["| What | Who | Until | Done |", "| --- | --- | --- | --- |"], ""),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(report: IncidentReport) -> str:
    one = report.incident
    facts = (
        ("Severity", str(one.severity)),
        ("Service", report.service_title or one.service or "not known"),
        ("State", str(one.state)),
        ("Source", f"{one.source}, opened by {report.person(one.opened_by)}"),
        ("Alerts", str(one.alerts)),
        ("Owner", report.person(one.owner) or "nobody"),
        ("Opened", both_times(one.opened_at, report.timezone)),
        ("Acknowledged", _when(report.acknowledged_at, report.to_acknowledge, report)),
        ("Resolved", _when(one.resolved_at, report.to_resolve, report)),
        ("Part of", f"I{one.parent}" if one.parent is not None else ""),
        ("This report", both_times(report.made_at, report.timezone)),
    )
    drill = "\n\n**This was a drill.**" if one.is_drill else ""
    lines = "\n".join(f"- {name}: {value}" for name, value in facts if value)
    return f"# {one.name}: {report.plain(one.title)}{drill}\n\n{lines}"


def _section(title: str, lines: Iterable[str], nothing: str) -> str:
    return f"## {title}\n\n" + ("\n".join(lines) or nothing)


def _timeline(report: IncidentReport) -> Iterator[str]:
    for line in report.timeline:
        text = " ".join(report.plain(line.text).split())
        yield f"- {both_times(line.at, report.timezone)}: {text}"


def _pages(report: IncidentReport) -> Iterator[str]:
    for climb in report.escalations:
        began = both_times(climb.began_at, report.timezone)
        yield f"Climb {climb.number} ({climb.why}), begun {began}:"
        yield ""
        for page in climb.pages:
            yield f"- {_page(page, report)}"
        yield ""


def _page(page: Page, report: IncidentReport) -> str:
    level = report.level(page.level)
    due = f"{level[0].upper()}{level[1:]}, due {_clock(page.due_at)}"
    sent = f", paged {_clock(page.sent_at)}" if page.sent_at is not None else ""
    if page.state is PageState.CONFIRMED:
        came_to = f"reached {both(page.reached) or 'somebody'}"
    else:
        came_to = _STATES[page.state] + (f" ({page.said})" if page.said else "")
    return f"{due}{sent}: {came_to}"


def _changes(report: IncidentReport) -> Iterator[str]:
    for change in report.changes:
        yield f"- {change_line(change, report.timezone, report.person)}"
    if report.cut:
        yield "- The logs hold more than was read for this report: see /filmops operations."


def _runs(report: IncidentReport) -> Iterator[str]:
    for run in report.runs:
        took = f" in {_length(run.ended_at - run.started_at)}" if run.ended_at is not None else ""
        note = f": {report.plain(run.note)}" if run.note else ""
        yield (
            f"- {run.name} {run.operation} on {run.resource}, begun "
            f"{both_times(run.started_at, report.timezone)}: {run.state}{took}{note}"
        )


def _children(report: IncidentReport) -> Iterator[str]:
    for child in report.children:
        opened = both_times(child.opened_at, report.timezone)
        yield f"- {child.name} ({child.severity}), {opened}: {report.plain(child.title)}"


def _checklist(report: IncidentReport) -> Iterator[str]:
    for action in report.actions:
        yield f"- [{'x' if action.done else ' '}] {action.text} (runbook: {action.source})"


def _when(at: datetime | None, length: timedelta | None, report: IncidentReport) -> str:
    if at is None or length is None:
        return "not yet"
    return f"{both_times(at, report.timezone)}, after {_length(length)}"


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M:%S} UTC"


def _length(length: timedelta) -> str:
    hours, rest = divmod(max(0, round(length.total_seconds())), 3600)
    minutes, seconds = divmod(rest, 60)
    units = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in units if number) or "0 s"
