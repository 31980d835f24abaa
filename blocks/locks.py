"""Answers to lock, unlock, freeze and unfreeze.

Before: the handlers, after the store has written it. After: the Slack adapter.
"""

from __future__ import annotations

from blocks import parts
from blocks.elements import context, section
from blocks.text import inline, mention, moment, typed, utc
from bot.domain.lock import Lock, LockKind
from bot.domain.message import Message

_TAKEN = {
    LockKind.LOCK: ":lock: *{what} is locked.* Only {owner} may change it",
    LockKind.FREEZE: ":snowflake: *{what} is frozen* by {owner}. Nobody may change it",
}
_UNDO = {LockKind.LOCK: "unlock", LockKind.FREEZE: "unfreeze"}
_PAST = {LockKind.LOCK: "locked", LockKind.FREEZE: "frozen"}


def taken(lock: Lock) -> Message:
    """It is held now; what that means and how to end it."""
    what = inline(parts.resource(lock.resource), 100)
    words = _TAKEN[lock.kind].format(what=what, owner=mention(lock.owner))
    target = "all" if lock.resource == "*" else parts.resource(lock.resource)
    undo = typed(f"/filmops {_UNDO[lock.kind]} {target}")
    return Message(
        text=f"{what} is {_PAST[lock.kind]} by {mention(lock.owner)} until {utc(lock.expires_at)}: "
        f"{inline(lock.reason, 500)}",
        blocks=(
            section(f"{words} until {moment(lock.expires_at)}: {inline(lock.reason, 1500)}"),
            context(f"Rollback is always allowed. To end it: {undo}"),
        ),
        public=True,
    )


def released(lock: Lock, by: str) -> Message:
    """What was held is free again."""
    what = inline(parts.resource(lock.resource), 100)
    words = f"{what} is no longer {_PAST[lock.kind]}"
    return Message(
        text=f"{words}.",
        blocks=(
            section(
                f":unlock: *{words}.* {mention(by)} ended the {lock.kind} that "
                f"{mention(lock.owner)} took {moment(lock.taken_at)}: {inline(lock.reason, 1500)}"
            ),
        ),
        public=True,
    )
