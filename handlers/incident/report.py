"""`/filmops incident report I7 [--format json]`: all that is known, as a file in its thread."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from blocks.report import as_text, uploaded
from bot.domain.message import Message
from bot.domain.report_json import as_json
from bot.domain.report_markdown import markdown
from bot.engine.kinds import IncidentNumber, any_case
from bot.engine.operation import Context, Operation, Params
from bot.engine.reporting import gather
from bot.errors import OperationFailed
from bot.topology import Risk


class ReportFormat(StrEnum):
    """For people, or for programs."""

    MARKDOWN = "markdown"
    JSON = "json"


class ReportParams(Params):
    """Which, and how."""

    incident: IncidentNumber
    format: Annotated[ReportFormat, BeforeValidator(any_case(ReportFormat))] = Field(
        default=ReportFormat.MARKDOWN, json_schema_extra={"option": True}
    )


async def answer(context: Context, params: ReportParams) -> Message:
    """Upload it, or show it when the app may not. Raises Refused for a number nobody has."""
    world = context.world
    report = await gather(world, params.incident)
    incident = report.incident.name
    is_json = params.format is ReportFormat.JSON
    content = as_json(report) if is_json else markdown(report)
    name = f"{incident}.{'json' if is_json else 'md'}"
    card = await world.store.cards.of(incident)
    where = card.channel if card is not None else context.topology.studio.channel
    thread = card.ts if card is not None else None
    try:
        await world.chat.upload(
            channel=where,
            thread=thread,
            name=name,
            content=content.encode(),
            title=f"Report of {incident}",
        )
    except OperationFailed as refusal:
        return as_text(incident, content, f"{refusal.message}. {refusal.hint}".strip())
    return uploaded(incident, name, where, in_thread=thread is not None)


OPERATION = Operation(
    name="incident report",
    summary="Write an incident's report as a file into its thread.",
    risk=Risk.READ,
    params=ReportParams,
    examples=("incident report I7", "incident report I7 --format json"),
    answer=answer,
)
