"""`/filmops why COMMAND…`: what would be needed and what is in the way, without asking anybody."""

from __future__ import annotations

from pydantic import Field

from blocks.answers import outlook, said
from bot.domain.message import Message
from bot.domain.permission import approvals_needed, may_ask
from bot.domain.reasons import Obstacle, Reason
from bot.domain.view import Outlook
from bot.engine.dispatch import in_the_way, make_plan
from bot.engine.operation import Context, Operation, Params
from bot.engine.words import parse
from bot.errors import Refused
from bot.topology import Risk


class WhyParams(Params):
    """The command somebody thinks of typing, without `/filmops`."""

    command: str = Field(json_schema_extra={"rest": True, "verbatim": True})


async def answer(context: Context, params: WhyParams) -> Message:
    """Plan it as if asked, by the one who wonders, and say what stands between."""
    operation, inner = parse(params.command, context.operations, context.topology, context.now)
    denied = may_ask(context.topology, context.asking.roles, operation.risk)
    obstacles: list[Obstacle] = [denied] if denied else []
    if operation.plan is None:
        if obstacles:
            return _outlook(context, operation, "", 0, obstacles)
        return said(f"Nothing is in the way: `/filmops {params.command}` answers at once.")
    summary, needed = "", context.topology.risks[operation.risk].approvals
    try:
        plan = await make_plan(context, operation, inner)
    except Refused as refusal:
        obstacles.append(
            Obstacle(code=Reason(refusal.code), message=refusal.message, unblock=refusal.hint)
        )
    else:
        summary = plan.summary
        needed = approvals_needed(plan, context.topology.risks[operation.risk])
        obstacles += await in_the_way(context.world, operation, plan, context.asking)
    return _outlook(context, operation, summary, needed, obstacles)


def _outlook(
    context: Context, operation: Operation, summary: str, needed: int, obstacles: list[Obstacle]
) -> Message:
    rule = context.topology.risks[operation.risk]
    return outlook(
        Outlook(
            summary=summary or operation.summary,
            needed=needed,
            approvers=rule.approve,
            obstacles=tuple(obstacles),
        )
    )


OPERATION = Operation(
    name="why",
    summary="What a command would need and what blocks it, without asking.",
    risk=Risk.READ,
    params=WhyParams,
    examples=("why rollback backend",),
    answer=answer,
)
