"""`/filmops escalation drill [P1]`: ring people for real, and see who answers how fast."""

from __future__ import annotations

from blocks.escalation import drilled
from bot.domain.message import Message
from bot.engine.drill import begin
from bot.engine.kinds import SeverityWord
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk, Severity


class DrillParams(Params):
    """Whose ladder is tried."""

    severity: SeverityWord = Severity.P1


async def answer(context: Context, params: DrillParams) -> Message:
    """Open the drill. Raises Refused while another one is under way."""
    drill = await begin(context.world, context.asking.actor, params.severity)
    return drilled(drill, context.topology.escalation.ladder(params.severity))


OPERATION = Operation(
    name="escalation drill",
    summary="Page the levels for real, marked as a drill, and measure how fast somebody answers.",
    risk=Risk.LOW,
    params=DrillParams,
    examples=("escalation drill", "escalation drill P2"),
    answer=answer,
)
