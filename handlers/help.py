"""`/filmops help [COMMAND…]`: what the bot can do, derived from the declarations."""

from __future__ import annotations

from pydantic import Field

from blocks.help import help_group, help_list, help_one
from bot.domain.help import HelpEntry
from bot.domain.message import Message
from bot.engine.naming import find, group
from bot.engine.operation import Context, Operation, Params
from bot.engine.words import usage
from bot.topology import Risk, Topology


class HelpParams(Params):
    """One command, a group of commands, or all. What follows a command's name is not read."""

    command: str | None = Field(default=None, json_schema_extra={"rest": True})


async def answer(context: Context, params: HelpParams) -> Message:
    """The list, a group or one command. Raises UserError for a command there is not."""
    operations, topology = context.operations, context.topology
    if params.command is None:
        return help_list([_entry(operation, topology) for operation in operations.values()])
    words = params.command.removeprefix("/").lower().split()
    members = group(" ".join(words), operations)
    if members:
        return help_group([_entry(operations[name], topology) for name in members])
    operation, _ = find(words, operations)
    return help_one(_entry(operation, topology))


def _entry(operation: Operation, topology: Topology) -> HelpEntry:
    rule = topology.risks[operation.risk]
    return HelpEntry(
        name=operation.name,
        summary=operation.summary,
        usage=usage(operation),
        examples=tuple(f"/filmops {example}" for example in operation.examples),
        risk=operation.risk,
        may_ask=rule.request,
        may_approve=rule.approve,
        # Only what is planned is approved: an answer needs nobody else, whatever its risk.
        approvals=rule.approvals if operation.plan is not None else 0,
    )


OPERATION = Operation(
    name="help",
    summary="List the commands, or explain one.",
    risk=Risk.READ,
    params=HelpParams,
    examples=("help", "help rollback"),
    answer=answer,
)
