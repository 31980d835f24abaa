"""A card's checklist: who may tick it, and what ticking it writes down. `R12` has the boxes of
request 12's plan, until it is decided; `A12` those of what is left to do after it.

Before: the button on the card and its dialog (`handlers.checklist`). After: the store's ticks,
with their audit row; a trigger has the card drawn anew, and `bot.engine.approvals` lets nobody
approve while a box is open.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from bot.domain.afterwards import BOXES
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

_SUBJECT = re.compile(rf"([RA])(\d{{1,{LONGEST_NUMBER}}})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """The boxes of a card and who has ticked which. `name` is what people call it, `request` what
    it belongs to, `closed` why nothing can be ticked any more.
    """

    subject: str
    name: str
    request: Request
    boxes: tuple[Box, ...]
    ticks: tuple[Tick, ...]
    closed: str = ""


async def open_for(world: World, asking: Asking, subject: str) -> Checklist:
    """The checklist, for somebody who may tick it. Raises Refused with the reason."""
    found = await _find(world, subject)
    # Permission first: somebody without it learns nothing about the request's state.
    if asking.actor != found.request.actor:
        roles = await world.people.roles(asking.actor)
        denied = may_ask(world.topology, roles, found.request.risk)
        if denied is not None:
            await refuse(world, asking, "checklist.refused", subject, [denied])
    if found.closed:
        raise Refused(
            found.closed,
            code=Reason.ALREADY_DECIDED,
            hint=f"/filmops show {found.request.name}",
        )
    return found


async def tick(
    world: World, asking: Asking, subject: str, *, ticked: Collection[str], seen: Collection[str]
) -> str:
    """Store what somebody ticked, and unticked of what they had `seen` ticked; the sentence for
    them. Raises Refused as `open_for`.
    """
    found = await open_for(world, asking, subject)
    keys = {box.key for box in found.boxes}
    ticks = await world.store.ticks.set(
        subject,
        ticked=keys & set(ticked),
        known=keys & set(seen),
        by=asking.actor,
        entry=Entry(actor=asking.actor, action="checklist", subject=subject),
        now=asking.now,
    )
    left = open_boxes(found.boxes, ticks)
    if not left:
        return f"{found.name}: every box is ticked."
    return f"{found.name}: still open: {both([box.title for box in left])}."


async def _find(world: World, subject: str) -> Checklist:
    match = _SUBJECT.fullmatch(subject)
    request = await world.store.requests.get(int(match[2])) if match else None
    card = await world.store.cards.of(subject) if request is not None else None
    if request is None or card is None:
        raise Refused(
            "That button carries no checklist.",
            code=Reason.UNKNOWN_REQUEST,
            hint="/filmops operations",
        )
    ticks = await world.store.ticks.of(subject)
    if subject != request.name:
        return Checklist(
            subject=subject,
            name=f"After {request.name}",
            request=request,
            boxes=BOXES,
            ticks=ticks,
        )
    decided = f"{request.name} is {request.state} already: its checklist is closed."
    return Checklist(
        subject=subject,
        name=request.name,
        request=request,
        boxes=request.plan.boxes,
        ticks=ticks,
        closed="" if request.state is RequestState.PLANNED else decided,
    )
