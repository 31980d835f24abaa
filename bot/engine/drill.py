"""A drill: a real incident through the real PagerDuty, to see who answers and how fast.

Before: `/filmops escalation drill` opens it. After: when it is acknowledged, wherever that is
done, its promise is due at once (`bot.engine.incidents`), and when its one climb is over nobody
has answered: `bot.engine.resuming` hands both over to be concluded here. A drill never repeats,
is never UNOWNED, and resolves itself and with it what it rang at PagerDuty.
"""

from __future__ import annotations

from bot.domain.audit import Entry
from bot.domain.drill import result
from bot.domain.incident import Happening, Incident, Source
from bot.domain.reasons import Reason
from bot.domain.timeline import FILMOPS
from bot.engine.incidents import existing
from bot.engine.opening import Report, report
from bot.engine.world import World
from bot.errors import Refused
from bot.topology import Severity

FINGERPRINT = "drill"
"""One for all of them: the store keeps one unresolved incident a fingerprint."""

TITLE = "DRILL: does the ladder reach people? Only acknowledge it"


async def begin(world: World, by: str, severity: Severity) -> Incident:
    """Open it. Raises Refused when one is under way, or the severity pages nobody."""
    if not world.topology.escalation.ladder(severity).waits:
        raise Refused(
            f"{severity} pages nobody: there is nothing to try.",
            code=Reason.NOTHING_TO_DO,
            hint="/filmops escalation show",
        )
    present = await world.store.incidents.of_fingerprint(FINGERPRINT)
    if present is not None:
        raise _under_way(present)
    told = Report(
        title=TITLE,
        severity=severity,
        source=Source.DRILL,
        fingerprint=FINGERPRINT,
        by=by,
    )
    opened = await report(world, told)
    if not opened.new:
        raise _under_way(opened.incident)
    return opened.incident


async def conclude(world: World, drill: Incident) -> None:
    """Say what it came to and resolve it; somebody who resolved it first has the last word."""
    now = world.clock.now()
    # Afresh: somebody may have answered in the moment in which its time ran out.
    drill = await existing(world, drill.id)
    text = result(drill, await world.store.incidents.escalations(drill.id))
    await world.store.incidents.resolve(
        drill.id,
        happening=Happening(at=now, kind="drill", actor=FILMOPS, text=text),
        entry=_entry(drill, text),
    )


def _entry(drill: Incident, text: str) -> Entry:
    answered = (drill.acked_at - drill.opened_at).total_seconds() if drill.acked_at else None
    detail = {"by": drill.acked_by, "seconds": answered, "said": text}
    return Entry(actor=FILMOPS, action="drill_over", subject=drill.name, detail=detail)


def _under_way(drill: Incident) -> Refused:
    return Refused(
        f"{drill.name} is a drill that is under way since {drill.opened_at:%H:%M:%S} UTC; one at a "
        "time.",
        code=Reason.BUSY,
        hint=f"/filmops incident resolve {drill.name}",
    )
