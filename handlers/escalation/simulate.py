"""`/filmops escalation simulate [--at TIME] [--severity P1] [--ack 20m]`: who would be paged when.

The command line has the same as `filmops simulate`, without Slack.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from blocks.escalation import simulated
from bot.domain.duration import parse_duration
from bot.domain.foresight import foresee
from bot.domain.live import Missing
from bot.domain.message import Message
from bot.domain.roster import empty_levels
from bot.engine.kinds import Instant, SeverityWord
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk, Severity


def _length(word: object) -> timedelta:
    return word if isinstance(word, timedelta) else parse_duration(str(word))


class SimulateParams(Params):
    """An alert's moment (now), its severity, and how long after it somebody answers (nobody)."""

    at: Instant | None = Field(default=None, json_schema_extra={"option": True})
    severity: SeverityWord = Field(default=Severity.P1, json_schema_extra={"option": True})
    ack: Annotated[timedelta, BeforeValidator(_length)] | None = Field(
        default=None, json_schema_extra={"option": True}
    )


async def answer(context: Context, params: SimulateParams) -> Message:
    """Nothing is opened and nobody is paged."""
    topology = context.topology
    known = await context.world.roster.look()
    foresight = foresee(
        topology.escalation.ladder(params.severity),
        params.severity,
        params.at or context.now,
        answer_after=params.ack,
        empty=() if isinstance(known, Missing) else empty_levels(known.levels, topology),
    )
    return simulated(foresight, known, topology)


OPERATION = Operation(
    name="escalation simulate",
    summary="Show who would be paged when, if an alert came and nobody answered, or somebody did.",
    risk=Risk.READ,
    params=SimulateParams,
    examples=("escalation simulate", "escalation simulate --at 03:00 --severity P2 --ack 20m"),
    answer=answer,
)
