"""Reminding of the post-mortem, in the thread of a P1 or P2 that was resolved.

Before: the scheduler, each minute. After: a note in the outbox towards Slack, whose key makes it
one however many schedulers there are. Once after `postmortem_hours`, once more two days later,
never when a note says that it was held. (Runbook, *Post-Rollback Actions*.)
"""

from __future__ import annotations

from datetime import timedelta

from bot.domain.incident import Incident
from bot.domain.message import Message
from bot.domain.postmortem import AGAIN_AFTER, CALLED_FOR, calls_for_one, reminders, was_held
from bot.domain.timeline import named
from bot.engine.world import World
from bot.ports import ThreadNote

GIVEN_UP = timedelta(days=7)
"""So long after the last reminder was due it is sent no more: the schedulers were all away."""


async def remind_of_postmortems(world: World) -> int:
    """Put every reminder that is due into the outbox; how many."""
    after = timedelta(hours=world.topology.escalation.postmortem_hours)
    if not after:
        return 0
    now = world.clock.now()
    resolved = await world.store.incidents.resolved(
        severities=CALLED_FOR, since=now - after - AGAIN_AFTER - GIVEN_UP, until=now - after
    )
    reminded = [await _remind(world, one, after) for one in resolved if calls_for_one(one)]
    return sum(reminded)


async def _remind(world: World, incident: Incident, after: timedelta) -> bool:
    """Whether this was the moment for one. After a long absence only the last is sent."""
    now = world.clock.now()
    again = reminders(incident, after, now) > 1
    key = f"{incident.name}:postmortem" + (":again" if again else "")
    cards = world.store.cards
    if await cards.noted(key):
        return False
    if was_held(incident, await world.store.incidents.timeline(incident.id)):
        return False
    message = Message(text=_text(incident, again=again))
    return await cards.note(ThreadNote(key=key, subject=incident.name, message=message), now)


def _text(incident: Incident, *, again: bool) -> str:
    who = incident.owner or incident.acked_by
    addressed = named(who) if who else "Whoever knows what happened"
    when = f"{incident.resolved_at:%Y-%m-%d %H:%M} UTC"
    asked = "no note speaks of a post-mortem yet" if again else "it is time for the post-mortem"
    return (
        f"{addressed}: {incident.name} ({incident.severity}) was resolved at {when}, and {asked}. "
        f"/filmops incident report {incident.name} gathers what is known. When it was held, say "
        f"so: /filmops incident note {incident.name} post-mortem …"
    )
