"""After a rollback: a card with what is left to do, and a note to the team, once a run.

Before: the reconciler finds a run that has moved its service back (a rollback that succeeded, a run
that turned round). After: people tick in the checklist's dialog; what a system sees done is ticked
here. All of it may be done by several processes at once and again after any of them has died.
(Runbook, *Post-Rollback Actions*.)
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.afterwards import BOXES, ENGINEERING, concerned, goes_back, went_back
from bot.domain.audit import Entry
from bot.domain.checklist import open_boxes
from bot.domain.incident import Incident
from bot.domain.listing import both
from bot.domain.message import Message
from bot.domain.run import Run
from bot.domain.timeline import FILMOPS, named
from bot.domain.view import AfterView
from bot.engine.world import World
from bot.errors import OperationFailed
from bot.ports import ThreadNote

LATELY = timedelta(days=1)
"""A run that ended longer ago gets no card any more: it ended under another release."""

LATEST_RUNS = 50
REMINDED_AFTER = timedelta(hours=24)
GIVEN_UP = timedelta(days=7)
"""So long after it was due a reminder is sent no more, and nothing is ticked by the bot."""


async def follow_up(world: World) -> int:
    """See to each run that went back lately; how many cards were opened."""
    since = world.clock.now() - LATELY
    runs = await world.store.runs.recent(limit=LATEST_RUNS)
    return sum([await after(world, run) for run in runs if _ended_since(run, since)])


async def after(world: World, run: Run) -> bool:
    """Open the cards of a run that went back, tick what is known; whether they were opened now."""
    cards, studio = world.store.cards, world.topology.studio
    asking = f"A{run.id}:cause"
    opened = not await cards.noted(asking)
    if opened:
        if studio.engineering_channel is not None:
            await cards.open(f"E{run.id}", studio.engineering_channel.removeprefix("#"))
        await cards.open(f"A{run.id}", studio.channel.removeprefix("#"))
        # The note comes last: while it is not there, all of this is done again.
        message = Message(text=_cause(await after_view(world, run.id)))
        await cards.note(
            ThreadNote(key=asking, subject=f"A{run.id}", message=message), world.clock.now()
        )
    told = await cards.of(f"E{run.id}")
    if told is not None and told.ts is not None:
        await _tick(world, run, ENGINEERING, f"#{told.channel} was told")
    return opened


async def seen_done(world: World, service: str, box: str, because: str) -> None:
    """A system has seen something done for the service of that key: tick it after each rollback of
    it that is still being carried out or ended lately.
    """
    known = world.topology.services.get(service)
    if known is None:
        return
    since = world.clock.now() - GIVEN_UP
    for run in await world.store.runs.recent(resource=known.resource, limit=LATEST_RUNS):
        if goes_back(run) and (run.ended_at is None or run.ended_at > since):
            await _tick(world, run, box, because)


async def remind_of_afterwards(world: World) -> int:
    """In the thread of each card that has open boxes a day after its run, once; how many notes."""
    now = world.clock.now()
    since, until = now - REMINDED_AFTER - GIVEN_UP, now - REMINDED_AFTER
    runs = await world.store.runs.recent(limit=2 * LATEST_RUNS)
    due = [run for run in runs if _ended_since(run, since) and (run.ended_at or now) <= until]
    return sum([await _remind(world, run) for run in due])


async def after_view(world: World, number: int) -> AfterView:
    """All that the cards show. Raises OperationFailed for a number that is no run's."""
    run, request = await world.store.runs.get(number), await world.store.requests.get(number)
    if run is None or request is None:
        raise OperationFailed(f"A{number} has a card and no run", code="no_run")
    service = run.resource.removeprefix("service/")
    incident = concerned(await world.store.incidents.recent(service=service), run)
    return AfterView(
        request=request,
        run=run,
        ticks=await world.store.ticks.of(f"A{number}"),
        incident=incident,
        engineering=world.topology.studio.engineering_channel or "",
        asked=_asked(incident) or (request.actor if request.actor != FILMOPS else ""),
    )


def _asked(incident: Incident | None) -> str:
    return "" if incident is None else incident.owner or incident.acked_by


def _ended_since(run: Run, since: datetime) -> bool:
    return went_back(run) and run.ended_at is not None and run.ended_at > since


def _addressed(view: AfterView) -> str:
    return named(view.asked) if view.asked else "Whoever knows what happened"


def _cause(view: AfterView) -> str:
    where = view.incident.name if view.incident is not None else "INCIDENT"
    return (
        f"{_addressed(view)}: what was the root cause of what {view.request.name} rolled back? "
        f"When it is known, write it down: /filmops incident note {where} root cause: …, and tick "
        "it with Checklist… on the card."
    )


async def _tick(world: World, run: Run, box: str, because: str) -> None:
    subject = f"A{run.id}"
    if box in {tick.key for tick in await world.store.ticks.of(subject)}:
        return
    await world.store.ticks.set(
        subject,
        ticked=(box,),
        known=(),
        by=FILMOPS,
        entry=Entry(
            actor=FILMOPS, action="checklist", subject=subject, detail={"because": because}
        ),
        now=world.clock.now(),
    )


async def _remind(world: World, run: Run) -> bool:
    subject, cards = f"A{run.id}", world.store.cards
    key = f"{subject}:reminder"
    if await cards.noted(key) or await cards.of(subject) is None:
        return False
    left = open_boxes(BOXES, await world.store.ticks.of(subject))
    if not left:
        return False
    asked = _addressed(await after_view(world, run.id))
    text = (
        f"{asked}: a day after {run.name} this is still open: "
        f"{both([box.title for box in left])}. Checklist… on the card ticks it."
    )
    note = ThreadNote(key=key, subject=subject, message=Message(text=text))
    return await cards.note(note, world.clock.now())
