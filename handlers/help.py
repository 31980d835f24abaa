"""`/filmops help [COMMAND]`: what the bot can do, derived from the declarations."""

from __future__ import annotations

from blocks.help import help_list, help_one
from bot.domain.help import HelpEntry
from bot.domain.message import Message
from bot.engine.operation import Context, Operation, Params
from bot.engine.words import suggest, usage
from bot.errors import UserError
from bot.topology import Risk, Topology


class HelpParams(Params):
    """One command, or all."""

    command: str | None = None


async def answer(context: Context, params: HelpParams) -> Message:
    """The list, or one command. Raises UserError for a command there is not."""
    if params.command is None:
        entries = [_entry(o, context.topology) for o in context.operations.values()]
        return help_list(entries)
    name = params.command.removeprefix("/").lower()
    operation = context.operations.get(name)
    if operation is None:
        close = suggest(name, context.operations)
        raise UserError(
            f"There is no command {name[:40]!r}." + (f" Did you mean {close}?" if close else ""),
            hint=f"/filmops help {close}" if close else "/filmops help",
        )
    return help_one(_entry(operation, context.topology))


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
