"""Taking and releasing locks, freezes and maintenance windows: one conditional write with its
audit row.

Before it: the handlers lock, unlock, freeze, unfreeze, maintenance. After it: the gates, which
every plan of everybody else meets (a window stops none), and `bot.engine.incidents`, which asks a
window before it begins to page.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

from bot.domain.audit import Entry
from bot.domain.duration import parse_duration
from bot.domain.lock import EVERYTHING, Lock, LockKind, ending
from bot.domain.reasons import Reason
from bot.domain.timeline import FILMOPS, named
from bot.engine.operation import Context
from bot.errors import Refused
from bot.topology import Risk, Topology

LONGEST = timedelta(days=7)
"""A lock nobody remembers must not outlive the week."""

LONGEST_WINDOW = timedelta(days=1)
"""Pages held back for longer would be forgotten by the one who held them."""

ALL = "all"
"""How people name everything."""

_CODE = {
    LockKind.LOCK: Reason.LOCKED,
    LockKind.FREEZE: Reason.FROZEN,
    LockKind.MAINTENANCE: Reason.IN_MAINTENANCE,
}


def _at_most(longest: timedelta, words: str) -> Callable[[object], timedelta]:
    def length(word: object) -> timedelta:
        given = word if isinstance(word, timedelta) else parse_duration(str(word))
        if given > longest:
            raise ValueError(f"{words} is the longest")
        return given

    return length


AsTyped = PlainSerializer(lambda length: f"{length.total_seconds():.0f}s", when_used="json")
"""How a length of time is stored with its request: as it could have been typed."""

HeldFor = Annotated[timedelta, BeforeValidator(_at_most(LONGEST, "7d")), AsTyped]
"""A param: how long something is held, `30m 2h 1d`, at most seven days."""

WindowFor = Annotated[timedelta, BeforeValidator(_at_most(LONGEST_WINDOW, "1d")), AsTyped]
"""A param: how long pages are held back, at most a day."""


def resource_of(topology: Topology, name: str) -> str:
    """The resource a word names: a service, or `all`."""
    return EVERYTHING if name == ALL else topology.services[name].resource


async def take(context: Context, kind: LockKind, name: str, reason: str, length: timedelta) -> Lock:
    """Hold it for the one who asks. Raises Refused when the same kind is held already."""
    lock = Lock(
        kind=kind,
        resource=resource_of(context.topology, name),
        owner=context.asking.actor,
        reason=reason.strip(),
        taken_at=context.now,
        expires_at=context.now + length,
    )
    detail = {"reason": lock.reason, "until": lock.expires_at.isoformat(timespec="seconds")}
    entry = Entry(actor=lock.owner, action=kind, subject=lock.resource, detail=detail)
    holder = await context.world.store.locks.take(lock, entry)
    if holder is not None:
        raise Refused(
            f"{name} is {kind.past} already by {named(holder.owner)} "
            f"{holder.until(f'{holder.expires_at:%Y-%m-%d %H:%M} UTC')}: {holder.reason}",
            code=_CODE[kind],
            hint=ending(holder, name),
        )
    return lock


async def release(context: Context, kind: LockKind, name: str, why: str = "") -> Lock:
    """End it: the owner may, and whoever may approve danger; FilmOps' own also whoever may approve
    a change, since at night nobody else may be there. Raises Refused otherwise, and when a standing
    one is to be ended without a reason.
    """
    store, resource = context.world.store, resource_of(context.topology, name)
    held = await store.locks.held(context.now)
    lock = next((one for one in held if (one.kind, one.resource) == (kind, resource)), None)
    if lock is not None:
        _may_release(context, lock, name)
        if lock.standing and not why.strip():
            raise _wants_reason(lock, name)
        detail = {"owner": lock.owner, "reason": lock.reason}
        if why.strip():
            detail["why"] = why.strip()
        entry = Entry(
            actor=context.asking.actor, action=kind.ended_by, subject=resource, detail=detail
        )
        lock = await store.locks.release(resource, kind, entry, context.now)
    if lock is None:
        raise Refused(
            f"{name} is not {kind.past}.", code=Reason.NOTHING_TO_DO, hint="/filmops status"
        )
    return lock


def _may_release(context: Context, lock: Lock, name: str) -> None:
    if lock.kind is LockKind.MAINTENANCE:
        return  # Ending it lets people be called: whoever sees that it went wrong must be able to.
    allowed = _enders(context.topology, lock)
    if lock.owner == context.asking.actor or context.asking.roles & set(allowed):
        return
    only = " or ".join(allowed if lock.owner == FILMOPS else ("they", *allowed))
    raise Refused(
        f"{name} is {lock.kind.past} by {named(lock.owner)}; only {only} may end it.",
        code=Reason.NOT_PERMITTED,
        hint="Ask one of them."
        if lock.standing
        else f"It ends by itself at {lock.expires_at:%Y-%m-%d %H:%M} UTC.",
    )


def _enders(topology: Topology, lock: Lock) -> tuple[str, ...]:
    """The roles that may end it, whoever's it is."""
    risks = (Risk.CHANGE, Risk.DANGER) if lock.owner == FILMOPS else (Risk.DANGER,)
    return tuple(dict.fromkeys(role for risk in risks for role in topology.risks[risk].approve))


def _wants_reason(lock: Lock, name: str) -> Refused:
    return Refused(
        f"{name} is {lock.kind.past} until somebody says why it may be changed again: "
        f"{lock.reason}",
        code=Reason.REASON_MISSING,
        hint=ending(lock, name),
    )
