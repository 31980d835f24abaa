"""A card's checklist: who may tick it, and what ticking it writes down.

Before: the button on the card and its dialog (`handlers.checklist`). After: the store's ticks,
with their audit row; a trigger has the card drawn anew, and `bot.engine.approvals` lets nobody
approve while a box is open.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from bot.domain.audit import Entry
from bot.domain.checklist import Box, Tick, open_boxes
from bot.domain.listing import both
from bot.domain.permission import may_ask
from bot.domain.reasons import Reason
from bot.domain.request import Request, RequestState
from bot.engine.approvals import refuse
from bot.engine.click import LONGEST_NUMBER
from bot.engine.operation import Asking
from bot.engine.world import World
from bot.errors import Refused

_SUBJECT = re.compile(rf"R(\d{{1,{LONGEST_NUMBER}}})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """The boxes of a card and who has ticked which."""

    subject: str
    boxes: tuple[Box, ...]
    ticks: tuple[Tick, ...]


async def open_for(world: World, asking: Asking, subject: str) -> Checklist:
    """The checklist, for somebody who may tick it. Raises Refused with the reason."""
    request = await _request(world, subject)
    await _check(world, asking, subject, request)
    boxes, ticks = request.plan.boxes, await world.store.ticks.of(subject)
    return Checklist(subject=subject, boxes=boxes, ticks=ticks)


async def tick(
    world: World, asking: Asking, subject: str, *, ticked: Collection[str], seen: Collection[str]
) -> str:
    """Store what somebody ticked, and unticked of what they had `seen` ticked; the sentence for
    them. Raises Refused as `open_for`.
    """
    boxes = (await open_for(world, asking, subject)).boxes
    keys = {box.key for box in boxes}
    ticks = await world.store.ticks.set(
        subject,
        ticked=keys & set(ticked),
        known=keys & set(seen),
        by=asking.actor,
        entry=Entry(actor=asking.actor, action="checklist", subject=subject),
        now=asking.now,
    )
    left = open_boxes(boxes, ticks)
    if not left:
        return f"Every box of {subject} is ticked."
    return f"Still open on {subject}: {both([box.title for box in left])}."


async def _request(world: World, subject: str) -> Request:
    match = _SUBJECT.fullmatch(subject)
    request = await world.store.requests.get(int(match[1])) if match else None
    if request is None:
        raise Refused(
            "That button carries no checklist.",
            code=Reason.UNKNOWN_REQUEST,
            hint="/filmops operations",
        )
    return request


async def _check(world: World, asking: Asking, subject: str, request: Request) -> None:
    """Permission first: somebody without it learns nothing about the request's state."""
    if asking.actor != request.actor:
        roles = await world.people.roles(asking.actor)
        denied = may_ask(world.topology, roles, request.risk)
        if denied is not None:
            await refuse(world, asking, "checklist.refused", subject, [denied])
    if request.state is not RequestState.PLANNED:
        raise Refused(
            f"{request.name} is {request.state} already: its checklist is closed.",
            code=Reason.ALREADY_DECIDED,
            hint=f"/filmops show {request.name}",
        )
