"""One module per verb an engineer can type."""

from __future__ import annotations

from bot.engine.operation import Operation
from handlers import freeze, lock, operations, show, status, unfreeze, unlock
from handlers import help as help_

OPERATIONS: tuple[Operation, ...] = (
    help_.OPERATION,
    status.OPERATION,
    operations.OPERATION,
    show.OPERATION,
    lock.OPERATION,
    unlock.OPERATION,
    freeze.OPERATION,
    unfreeze.OPERATION,
)
"""Every verb, in the order help lists them."""
