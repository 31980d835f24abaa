"""`/filmops escalation …`: the ladders, what they would do, and trying them."""

from __future__ import annotations

from bot.engine.operation import Operation
from handlers.escalation import drill, show, simulate

OPERATIONS: tuple[Operation, ...] = (show.OPERATION, simulate.OPERATION, drill.OPERATION)
