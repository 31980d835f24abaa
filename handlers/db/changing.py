"""The steps that both ways of a schema share: save, run, see."""

from __future__ import annotations

from bot.engine.errand import Ended, carried
from bot.engine.saving import saved
from bot.engine.step import Done, Hold, Outcome, Work
from handlers.db.target import job


async def backup(work: Work) -> Outcome:
    """A snapshot of the service's database, or one young enough where that will do."""
    hours = float(work.args["hours"])
    return await saved(work, str(work.args["database"]), young_hours=hours)


async def changed(work: Work) -> Outcome:
    """The one-off task; what it wrote is in the thread. Failed, it may have done a part."""
    ended = await carried(work, job(work, "migration", key="migrate"))
    if not isinstance(ended, Ended):
        return ended
    if ended.exit_code == 0:
        return Done(said="The schema is changed; the thread has the output.")
    return Hold(
        said=f"The migration {ended.how} What it had done by then may stay done: look with "
        "/filmops db migrations after Abort, then ask again."
    )


async def verified(work: Work) -> Outcome:
    """Where alembic says it stands."""
    ended = await carried(work, job(work, "current"))
    if not isinstance(ended, Ended):
        return ended
    if ended.exit_code != 0:
        return Hold(said=f"The schema was changed; the look at it {ended.how}")
    stands = [line.strip() for line in ended.lines if _is_revision(line)]
    at = ", ".join(stands) or "before the first revision"
    return Done(said=f"It stands at {at}.", detail={"change": {"schema": at}})


def _is_revision(line: str) -> bool:
    """`8c41de7a0b95 (head)`: alembic's answer among the lines of a log."""
    first, _, rest = line.strip().partition(" ")
    return first.isalnum() and any(map(str.isdigit, first)) and rest in ("", "(head)")
