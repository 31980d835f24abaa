"""What stands between a plan and its run: a pure function that returns every obstacle at once.

Asked before a request is posted and again before it starts. Rollback is `heedless`: no lock
and no freeze stops it (design, *Safety rules*), only an open run on the same resource does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.domain.lock import Lock, LockKind, ending
from bot.domain.reasons import Obstacle, Reason
from bot.domain.run import Run
from bot.domain.timeline import named


def gates(
    *,
    resource: str,
    actor: str,
    heedless: bool,
    locks: Iterable[Lock],
    runs: Iterable[Run],
    now: datetime,
) -> tuple[Obstacle, ...]:
    """Every reason why `actor` may not change `resource` now, each with what clears it."""
    obstacles = [
        Obstacle(
            code=Reason.BUSY,
            message=f"{run.name} ({run.operation}) is {run.state} on {resource}.",
            unblock=f"/filmops show {run.name} and wait, or abort it there.",
        )
        for run in runs
        if run.resource == resource and run.state.open
    ]
    if not heedless:
        obstacles += [_held(lock) for lock in locks if _stops(lock, resource, actor, now)]
    return tuple(obstacles)


def _stops(lock: Lock, resource: str, actor: str, now: datetime) -> bool:
    if not lock.covers(resource) or lock.expires_at <= now:
        return False
    if lock.kind is LockKind.MAINTENANCE:
        return False
    return lock.kind is LockKind.FREEZE or lock.owner != actor


def _held(lock: Lock) -> Obstacle:
    what = lock.resource.removeprefix("service/").replace("*", "all")
    frozen = lock.kind is LockKind.FREEZE
    return Obstacle(
        code=Reason.FROZEN if frozen else Reason.LOCKED,
        message=f"{what} is {lock.kind.past} by {named(lock.owner)} "
        f"{lock.until(f'{lock.expires_at:%H:%M} UTC')}: {lock.reason}",
        unblock=ending(lock, what),
    )
