"""`/filmops incident declare [P1] [SERVICE] TITLE…`: something is wrong, page level 1.

With no words a dialog asks for them. The same words again are counted to the incident that is open
for them: two people who see the same outage make one ladder, and so does a delivery served twice.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from blocks.modals import declare_modal
from bot.domain.incident import Incident, Source, Why
from bot.domain.message import Message, View
from bot.engine.kinds import SeverityWord
from bot.engine.opening import Report, report
from bot.engine.operation import Context, Operation, Params
from bot.errors import UserError
from bot.ports import Opened
from bot.topology import Risk, Severity

USUAL = Severity.P2


class DeclareParams(Params):
    """What is wrong; how bad and where may be its first words."""

    severity: SeverityWord | None = Field(default=None, json_schema_extra={"option": True})
    service: str | None = Field(
        default=None, json_schema_extra={"option": True, "names": "services"}
    )
    owner: str | None = Field(default=None, json_schema_extra={"option": True, "names": "people"})
    title: str = Field(default="", max_length=1000, json_schema_extra={"rest": True})


async def answer(context: Context, params: DeclareParams) -> Message | View:
    """Open it, or the dialog. Raises UserError when there is a severity or service and no title."""
    severity, service, title = begins(params.title, context.topology.services)
    severity, service = params.severity or severity, params.service or service
    if not title:
        if params.model_fields_set:
            raise UserError(
                "Say in a few words what is wrong.",
                hint="/filmops incident declare P1 backend login fails for everybody",
            )
        return _dialog(context)
    opened = await report(
        context.world,
        Report(
            title=title,
            severity=severity or USUAL,
            source=Source.HAND,
            fingerprint=f"hand:{service}:{' '.join(title.lower().split())}",
            by=context.asking.actor,
            service=service,
            owner=params.owner or "",
        ),
    )
    return context.world.voice.line(_said(context, opened))


def begins(words: str, services: Iterable[str]) -> tuple[Severity | None, str, str]:
    """Severity and service if the words begin with them, in either order, and what is left."""
    severity: Severity | None = None
    service, known, left = "", set(services), words.split()
    while left:
        first = left[0].rstrip(":,")
        if severity is None and first.upper() in set(Severity):
            severity = Severity(first.upper())
        elif not service and first.lower() in known:
            service = first.lower()
        else:
            break
        left.pop(0)
    return severity, service, " ".join(left)


def _dialog(context: Context) -> View:
    topology = context.topology
    return declare_modal(
        {key: service.title for key, service in topology.services.items()},
        {str(one): topology.escalation.ladder(one).title for one in Severity},
        {key: person.name for key, person in topology.people.items()},
        str(USUAL),
    )


def _said(context: Context, opened: Opened) -> str:
    incident = opened.incident
    channel = "#" + context.topology.studio.channel.removeprefix("#")
    if not opened.new:
        return (
            f"{incident.name} is open for these very words already; it has "
            f"{incident.alerts} alerts now. Its card is in {channel}."
        )
    what = f"{incident.name} is open as {incident.severity}. Its card is in {channel}."
    return f"{what} {_paged(context, incident)}"


def _paged(context: Context, incident: Incident) -> str:
    if incident.resume_at is not None and incident.resume_why is Why.MAINTENANCE:
        return f"Maintenance holds its pages until {incident.resume_at:%Y-%m-%d %H:%M} UTC."
    ladder = context.topology.escalation.ladder(incident.severity)
    if not ladder.waits:
        return f"{incident.severity} pages nobody."
    first = context.topology.escalation.levels[0].name
    wait = ladder.waits[0]
    return f"Level 1 ({first}) is paged {'at once' if not wait else f'in {wait:g} min'}."


OPERATION = Operation(
    name="incident declare",
    summary="Say that something is wrong: open an incident and page level 1.",
    risk=Risk.LOW,
    params=DeclareParams,
    examples=(
        "incident declare",
        "incident declare P1 backend login fails for everybody",
        "incident declare the premiere page is slow --severity P3 --owner @ana",
    ),
    answer=answer,
)
