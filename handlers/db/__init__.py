"""`/filmops db …`: the product's database, its backups and its schema."""

from __future__ import annotations

from bot.engine.operation import Operation
from handlers.db import (
    backup,
    backups,
    downgrade,
    health,
    migrate,
    migrations,
    query,
    restore,
)

OPERATIONS: tuple[Operation, ...] = (
    health.OPERATION,
    query.OPERATION,
    backups.OPERATION,
    backup.OPERATION,
    restore.OPERATION,
    migrations.OPERATION,
    migrate.OPERATION,
    downgrade.OPERATION,
)
"""In the order help lists them."""
