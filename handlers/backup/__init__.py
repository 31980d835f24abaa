"""`/filmops backup …`: are there backups, do they arrive in the other region, can one be restored?

Runbook, *Backup and Recovery*.
"""

from __future__ import annotations

from bot.engine.operation import Operation
from handlers.backup import dr_test, replication, verify

OPERATIONS: tuple[Operation, ...] = (
    verify.OPERATION,
    replication.OPERATION,
    dr_test.OPERATION,
)
