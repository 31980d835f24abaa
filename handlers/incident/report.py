"""`/filmops incident report I7 [--format json]`: all that is known, as a file in its thread."""

from __future__ import annotations

from pydantic import Field

from blocks.report import as_text, uploaded
from bot.domain.afterwards import REPORT
from bot.domain.incident_report import IncidentReport
from bot.domain.message import Message
from bot.domain.report_json import as_json
from bot.domain.report_markdown import markdown
from bot.engine.afterwards import seen_done
from bot.engine.kinds import FileFormat, FormatWord, IncidentNumber
from bot.engine.operation import Context, Operation, Params
from bot.engine.reporting import gather
from bot.engine.sharing import share
from bot.engine.world import World
from bot.topology import Risk


class ReportParams(Params):
    """Which, and how."""

    incident: IncidentNumber
    format: FormatWord = Field(default=FileFormat.MARKDOWN, json_schema_extra={"option": True})


async def answer(context: Context, params: ReportParams) -> Message:
    """Upload it, or show it when the app may not. Raises Refused for a number nobody has."""
    world = context.world
    report = await gather(world, params.incident)
    incident = report.incident.name
    text = as_json(report) if params.format is FileFormat.JSON else markdown(report)
    name = f"{incident}.{params.format.ending}"
    card = await world.store.cards.of(incident)
    where = card.channel if card is not None else context.topology.studio.channel
    thread = card.ts if card is not None else None
    title = f"Report of {incident}"
    refused = await share(world, channel=where, thread=thread, name=name, text=text, title=title)
    await _counted(world, report)
    what = f"The report of {incident}"
    if refused:
        return as_text(what, text, refused)
    return uploaded(what, name, where, thread_of=incident if thread is not None else "")


async def _counted(world: World, report: IncidentReport) -> None:
    """After a rollback of its service, the report is one of the things left to do."""
    incident = report.incident
    await seen_done(world, incident.service, REPORT, f"the report of {incident.name} was asked for")


OPERATION = Operation(
    name="incident report",
    summary="Write an incident's report as a file into its thread.",
    risk=Risk.READ,
    params=ReportParams,
    examples=("incident report I7", "incident report I7 --format json"),
    answer=answer,
)
