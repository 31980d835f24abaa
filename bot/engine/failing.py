"""After a deployment that failed: the service is frozen until a person says that it may go on.

Before: a run that failed. After: the gates, which every change but a rollback meets, and
`/filmops unfreeze SERVICE REASON…`.
"""

from __future__ import annotations

from bot.domain.audit import Entry
from bot.domain.lock import NEVER, Lock, LockKind, ending
from bot.domain.message import Message
from bot.domain.run import Run
from bot.domain.timeline import FILMOPS
from bot.engine.world import World
from bot.ports import ThreadNote


async def freeze_failed(
    world: World, service: str, *, run: Run, reason: str, came_to: str = "failed"
) -> None:
    """Freeze the service of that key because of a run, once a run: what somebody has unfrozen
    since is not frozen again. A freeze that holds already is left as it is. `came_to` is what
    became of the run, as it is said to who wants to change the service next.
    """
    key, now = f"frozen:{run.name}", world.clock.now()
    if await world.store.cards.noted(key):
        return
    lock = Lock(
        kind=LockKind.FREEZE,
        resource=f"service/{service}",
        owner=FILMOPS,
        reason=f"{run.name} {came_to}: {reason}",
        taken_at=now,
        expires_at=NEVER,
    )
    detail = {"reason": lock.reason, "because": run.name}
    entry = Entry(actor=FILMOPS, action=LockKind.FREEZE, subject=lock.resource, detail=detail)
    holder = await world.store.locks.take(lock, entry)
    # The note comes last: who dies before it finds their own freeze, and says it then.
    note = ThreadNote(
        key=key, subject=run.name, message=Message(text=_text(holder or lock, service))
    )
    await world.store.cards.note(note, now)


def _text(lock: Lock, service: str) -> str:
    if lock.owner != FILMOPS:
        return f"{service} is frozen by a person already; that freeze stands as it is."
    return (
        f"{service} is frozen until somebody says why it may be changed again: "
        f"{ending(lock, service)}. Rollback stays open."
    )
