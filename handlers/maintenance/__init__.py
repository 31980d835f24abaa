"""`/filmops maintenance …`: windows in which a service's alerts page nobody yet."""

from __future__ import annotations

from bot.engine.operation import Operation
from handlers.maintenance import end, start

OPERATIONS: tuple[Operation, ...] = (start.OPERATION, end.OPERATION)
