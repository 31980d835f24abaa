"""`/filmops backup verify`: the newest snapshots, and whether objects really arrive elsewhere."""

from __future__ import annotations

from blocks.backup import verified
from bot.domain.message import Message
from bot.engine.backups import NEEDS, verify
from bot.engine.operation import Context, NoParams, Operation
from bot.topology import Risk


async def answer(context: Context, params: NoParams) -> Message:
    """Every line with its fix, as the daily look sees it."""
    return verified(await verify(context.world, context.now), context.now)


OPERATION = Operation(
    name="backup verify",
    summary="Verify snapshots, and that objects are really replicated.",
    risk=Risk.READ,
    examples=("backup verify",),
    answer=answer,
    needs=NEEDS,
)
