"""`/filmops backup replication`: the rules of each bucket, what has arrived, and how late."""

from __future__ import annotations

import asyncio

from blocks.backup import replication
from bot.domain.backup_state import bucket_lines
from bot.domain.message import Message
from bot.engine.backups import bucket_state, replicated
from bot.engine.operation import Context, NoParams, Operation
from bot.topology import Risk


async def answer(context: Context, params: NoParams) -> Message:
    """Every bucket with a replica, read at once."""
    world, now = context.world, context.now
    buckets = replicated(world)
    states = await asyncio.gather(*(bucket_state(world, each, now) for each in buckets))
    rule = context.topology.backup
    shown = [
        (bucket, state, bucket_lines(bucket, state, rule, now))
        for bucket, state in zip(buckets, states, strict=True)
    ]
    return replication(shown, now)


OPERATION = Operation(
    name="backup replication",
    summary="Show replication rules, what has arrived in the other region, and how late.",
    risk=Risk.READ,
    examples=("backup replication",),
    answer=answer,
    needs=("buckets.rules", "buckets.sample", "buckets.count"),
)
