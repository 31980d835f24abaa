"""What a card shows: the latest state of its subject, drawn by the kind that its letter names.

The publisher sends what this draws. A new kind of card is one function and one line in DRAWERS.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.domain.message import Message
from bot.domain.view import RequestView
from bot.engine.afterwards import after_view
from bot.engine.dr_due import dr_reminder
from bot.engine.incident_view import incident_view
from bot.engine.world import World
from bot.errors import OperationFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawer:
    """One kind of card, drawn from a number. `kind` begins the key a post is found by in Slack:
    it never changes, or what an earlier release posted is posted a second time.
    """

    kind: str
    draw: Callable[[World, int], Awaitable[Message]]


async def _request(world: World, number: int) -> Message:
    request = await world.store.requests.get(number)
    if request is None:
        raise OperationFailed(f"R{number} has a card and no request", code="no_request")
    view = RequestView(
        request=request,
        run=await world.store.runs.get(number),
        approvers=world.topology.risks[request.risk].approve,
        now=world.clock.now(),
        ticks=await world.store.ticks.of(request.name),
    )
    return world.voice.card(view)


async def _incident(world: World, number: int) -> Message:
    incident = await world.store.incidents.get(number)
    if incident is None:
        raise OperationFailed(f"I{number} has a card and is no incident", code="no_incident")
    return world.voice.incident(await incident_view(world, incident))


async def _after(world: World, number: int) -> Message:
    return world.voice.after(await after_view(world, number))


async def _engineering(world: World, number: int) -> Message:
    return world.voice.engineering(await after_view(world, number))


DRAWERS: Mapping[str, Drawer] = {
    "R": Drawer(kind="request", draw=_request),
    "I": Drawer(kind="incident", draw=_incident),
    "A": Drawer(kind="after", draw=_after),
    "E": Drawer(kind="engineering", draw=_engineering),
    "T": Drawer(kind="dr-reminder", draw=dr_reminder),
}
"""By the first letter of a card's subject."""


def drawer_of(subject: str, drawers: Mapping[str, Drawer]) -> tuple[Drawer, int]:
    """Who draws this subject, and its number. Raises OperationFailed for an unknown letter:
    a later release's card, which this one leaves alone.
    """
    drawer = drawers.get(subject[:1])
    if drawer is None:
        raise OperationFailed(f"this release cannot draw {subject}", code="no_drawer")
    return drawer, int(subject[1:])
