"""`/filmops history [SERVICE] [--since 7d] [--format json]`: the change log, shown or as a file."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from blocks.change_log import change_log
from blocks.report import as_text, uploaded
from bot.domain.change_log import as_json, markdown
from bot.domain.message import Message
from bot.engine.change_log import read
from bot.engine.kinds import FileFormat, FormatWord, Past
from bot.engine.operation import Context, Operation, Params
from bot.engine.sharing import share
from bot.topology import Risk

SINCE = timedelta(days=90)
"""How far back without `--since`."""

SHOWN = 20
"""More is for a file."""


class HistoryParams(Params):
    """Of which service, since when, and whether as a file."""

    service: str | None = Field(default=None, json_schema_extra={"names": "services"})
    since: Past | None = Field(default=None, json_schema_extra={"option": True})
    format: FormatWord | None = Field(default=None, json_schema_extra={"option": True})


async def answer(context: Context, params: HistoryParams) -> Message:
    """Show the newest; or upload all of it, or show that as text when the app may not."""
    log = await read(
        context.world, service=params.service, since=params.since or context.now - SINCE
    )
    if params.format is None:
        return change_log(log, SHOWN)
    about = params.service or "everything"
    text = as_json(log) if params.format is FileFormat.JSON else markdown(log)
    name = f"change-log-{about}-{context.now:%Y-%m-%d}.{params.format.ending}"
    where, title = context.topology.studio.channel, f"Change log of {about}"
    refused = await share(context.world, channel=where, name=name, text=text, title=title)
    what = f"The change log of {about}"
    return as_text(what, text, refused) if refused else uploaded(what, name, where)


OPERATION = Operation(
    name="history",
    summary="Show what changed when, by whom, approved by whom; or write it as a file.",
    risk=Risk.READ,
    params=HistoryParams,
    examples=("history", "history backend --since 7d", "history --format json"),
    answer=answer,
)
