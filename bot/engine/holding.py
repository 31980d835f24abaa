"""Taking and releasing locks and freezes: one conditional write with its audit row.

Before it: the handlers lock, unlock, freeze, unfreeze. After it: the gates, which every plan of
everybody else meets.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

from bot.domain.audit import Entry
from bot.domain.duration import parse_duration
from bot.domain.lock import EVERYTHING, Lock, LockKind
from bot.domain.reasons import Reason
from bot.engine.operation import Context
from bot.errors import Refused
from bot.topology import Risk, Topology

LONGEST = timedelta(days=7)
"""A lock nobody remembers must not outlive the week."""

ALL = "all"
"""How people name everything."""

_VERB = {LockKind.LOCK: "unlock", LockKind.FREEZE: "unfreeze"}
_PAST = {LockKind.LOCK: "locked", LockKind.FREEZE: "frozen"}


def _length(word: object) -> timedelta:
    length = word if isinstance(word, timedelta) else parse_duration(str(word))
    if length > LONGEST:
        raise ValueError("7d is the longest")
    return length


HeldFor = Annotated[timedelta, BeforeValidator(_length)]
"""A param: how long something is held, `30m 2h 1d`, at most seven days."""


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
            f"{name} is {_PAST[kind]} already by <@{holder.owner}> until "
            f"{holder.expires_at:%Y-%m-%d %H:%M} UTC: {holder.reason}",
            code=Reason.LOCKED if kind is LockKind.LOCK else Reason.FROZEN,
            hint=f"/filmops {_VERB[kind]} {name}",
        )
    return lock


async def release(context: Context, kind: LockKind, name: str) -> Lock:
    """End it: the owner may, and whoever may approve danger. Raises Refused otherwise."""
    store, resource = context.world.store, resource_of(context.topology, name)
    held = await store.locks.held(context.now)
    lock = next((one for one in held if (one.kind, one.resource) == (kind, resource)), None)
    if lock is not None:
        _may_release(context, lock, name)
        detail = {"owner": lock.owner, "reason": lock.reason}
        entry = Entry(
            actor=context.asking.actor, action=_VERB[kind], subject=resource, detail=detail
        )
        lock = await store.locks.release(resource, kind, entry, context.now)
    if lock is None:
        raise Refused(
            f"{name} is not {_PAST[kind]}.", code=Reason.NOTHING_TO_DO, hint="/filmops status"
        )
    return lock


def _may_release(context: Context, lock: Lock, name: str) -> None:
    allowed = context.topology.risks[Risk.DANGER].approve
    if lock.owner == context.asking.actor or context.asking.roles & set(allowed):
        return
    raise Refused(
        f"{name} is {_PAST[lock.kind]} by <@{lock.owner}>; only they or "
        f"{' or '.join(allowed)} may end it.",
        code=Reason.NOT_PERMITTED,
        hint=f"It ends by itself at {lock.expires_at:%Y-%m-%d %H:%M} UTC.",
    )
