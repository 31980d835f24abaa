"""`/filmops db backups [DATABASE]`: what could be restored, and whether it is young enough.

Runbook, *Verify Backup Status*: the latest backup is from the last 24 hours.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from pydantic import Field

from blocks.database import backups
from bot.domain.message import Message
from bot.engine.known import only_database
from bot.engine.look import part
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk


class BackupsParams(Params):
    """Which database."""

    database: str | None = Field(default=None, json_schema_extra={"names": "databases"})


async def answer(context: Context, params: BackupsParams) -> Message:
    """State and snapshots at once; what is slow or refused hides nothing else."""
    database = only_database(context.topology, params.database, command="db backups")
    databases = context.world.aws.databases
    state, snapshots = await asyncio.gather(
        part(databases.state(database)), part(databases.snapshots(database))
    )
    limit = timedelta(hours=context.topology.backup.snapshot_hours)
    return backups(database, state, snapshots, context.now, limit=limit)


OPERATION = Operation(
    name="db backups",
    summary="List the snapshots of a database that could be restored.",
    risk=Risk.READ,
    params=BackupsParams,
    examples=("db backups", "db backups prod-db"),
    answer=answer,
    needs=("databases.state", "databases.snapshots"),
)
