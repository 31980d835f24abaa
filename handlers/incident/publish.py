"""`/filmops incident publish I7 STATUS WORDS…`: what the public reads at the status page.

Its risk is low, not read: it speaks to the outside, so an auditor may not. No second person is
asked, because words can be taken back by the next, and at night there is one person.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.domain.message import Message
from bot.domain.post import PostStatus
from bot.engine.kinds import IncidentNumber, any_case
from bot.engine.operation import Context, Operation, Params
from bot.engine.publishing import publish
from bot.topology import Risk


class PublishParams(Params):
    """Which, how far the work is, and the words as the public reads them."""

    incident: IncidentNumber
    status: Annotated[PostStatus, BeforeValidator(any_case(PostStatus))]
    words: str = Field(min_length=1, max_length=1500, json_schema_extra={"rest": True})


async def answer(context: Context, params: PublishParams) -> Message:
    """Published, or what to write by hand. Raises Refused for a drill and an unknown number."""
    said = await publish(
        context.world, params.incident, context.asking.actor, params.status, params.words
    )
    return context.world.voice.line(said)


OPERATION = Operation(
    name="incident publish",
    summary="Tell the public how far an incident is, at the status page.",
    risk=Risk.LOW,
    params=PublishParams,
    examples=(
        "incident publish I7 investigating Logins fail. We look into it.",
        "incident publish I7 resolved Logins work again since 04:10 UTC.",
    ),
    answer=answer,
)
