"""Answers to lock, unlock, freeze, unfreeze and maintenance.

Before: the handlers, after the store has written it. After: the Slack adapter.
"""

from __future__ import annotations

from collections.abc import Sequence

from blocks import parts
from blocks.elements import context, section
from blocks.text import inline, mention, moment, typed, utc
from bot.domain.listing import both
from bot.domain.lock import Lock, LockKind, ending
from bot.domain.message import Message

_TAKEN = {
    LockKind.LOCK: ":lock: *{what} is locked.* Only {owner} may change it",
    LockKind.FREEZE: ":snowflake: *{what} is frozen* by {owner}. Nobody may change it",
    LockKind.MAINTENANCE: ":construction: *{what} is in maintenance* by {owner}. Its alerts open "
    "incidents and page nobody",
}
_FREE = {
    LockKind.LOCK: "Rollback is always allowed.",
    LockKind.FREEZE: "Rollback is always allowed.",
    LockKind.MAINTENANCE: "What is open at its end pages then, and at once when a run on it fails. "
    "A P1 declared by hand pages now.",
}


def taken(lock: Lock) -> Message:
    """It is held now; what that means and how to end it."""
    what = inline(parts.resource(lock.resource), 100)
    words = _TAKEN[lock.kind].format(what=what, owner=mention(lock.owner))
    target = "all" if lock.resource == "*" else parts.resource(lock.resource)
    undo = typed(ending(lock, target))
    return Message(
        text=f"{what} is {lock.kind.past} by {mention(lock.owner)} "
        f"{lock.until(utc(lock.expires_at))}: {inline(lock.reason, 500)}",
        blocks=(
            section(f"{words} {lock.until(moment(lock.expires_at))}: {inline(lock.reason, 1500)}"),
            context(f"{_FREE[lock.kind]} To end it: {undo}"),
        ),
        public=True,
    )


def released(lock: Lock, by: str, climbing: Sequence[str] = (), why: str = "") -> Message:
    """What was held is free again; `climbing` are incidents whose ladder begins with it."""
    what = inline(parts.resource(lock.resource), 100)
    words = f"{what} is no longer {lock.kind.past}"
    because = f"\n*Why it may be changed again:* {inline(why, 600)}" if why.strip() else ""
    then = f". {both(climbing)} had waited for it: their ladder is climbed now." if climbing else ""
    return Message(
        text=f"{words}{then or '.'}",
        blocks=(
            section(
                f":unlock: *{words}.* {mention(by)} ended the {lock.kind} that "
                f"{mention(lock.owner)} took {moment(lock.taken_at)}: "
                f"{inline(lock.reason, 1500)}{then}{because}"
            ),
        ),
        public=True,
    )
