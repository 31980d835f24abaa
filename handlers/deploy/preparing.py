"""A deployment's steps before the release is anywhere: guard, backup, migration.

Each looks before it acts, so that a step begun again after a crash acts once. After: the release is
brought onto the idle colour, handlers.deploy.rolling.
"""

from __future__ import annotations

from bot.domain.live import Missing
from bot.domain.rollback import healthy_enough, is_on
from bot.domain.window import window
from bot.engine.errand import Ended, Job, carried
from bot.engine.look import part
from bot.engine.saving import saved
from bot.engine.step import Back, Done, Hold, Outcome, Work
from bot.engine.switching import service_of
from bot.topology import Colour


def live(work: Work) -> Colour:
    """The colour that serves when the deployment begins."""
    return Colour(work.args["live"])


def idle(work: Work) -> Colour:
    """The colour the release goes onto."""
    return Colour(work.args["idle"])


async def guard(work: Work) -> Outcome:
    """All traffic on a healthy live colour, as planned: looked at once more before anything."""
    service = service_of(work)
    moved = await elsewhere(work)
    if moved:
        return Hold(said=moved)
    targets = await work.world.aws.traffic.targets(service, live(work))
    said = f"{targets.healthy} of {targets.total} targets of {live(work)} are healthy"
    if not healthy_enough(targets, work.world.topology.thresholds):
        return Hold(said=f"{said}: there would be no way back.")
    return Done(
        said=f"All traffic is on {live(work)}; {said}.",
        # What the watches and the validation compare with: how it was before anything changed.
        detail={"at": work.now.isoformat(), "database_failures": await _refused(work)},
    )


async def _refused(work: Work) -> int | None:
    """The most connections the database refused lately in one minute; None when not known."""
    start, end = window(work.now, work.world.topology.metrics)
    service = service_of(work)
    read = await part(work.world.aws.metrics.minutes(service, start=start, end=end))
    minutes = () if isinstance(read, Missing) else read.get(live(work), ())
    known = [one.database_failures for one in minutes if one.database_failures is not None]
    return max(known, default=None)


async def elsewhere(work: Work) -> str:
    """A sentence when not all traffic is on the live colour (any more); else empty."""
    routes = await work.world.aws.traffic.routes(service_of(work))
    moved = [route.label for route in routes if not is_on(route, live(work))]
    if routes and not moved:
        return ""
    return f"Traffic of {', '.join(moved) or 'no route'} is not all on {live(work)}."


async def backup(work: Work) -> Outcome:
    """A snapshot that is young enough, or one of this run's own."""
    hours = work.world.topology.deploy.backup_hours
    return await saved(work, str(work.args["database"]), young_hours=hours)


async def migrate(work: Work) -> Outcome:
    """The one-off task, started once, its output in the thread, its exit code honoured."""
    job = Job(
        word="migration",
        key=f"filmops-R{work.run}-migrate",
        colour=live(work),
        image=str(work.args["image"]),
        seconds=float(work.args["seconds"]),
    )
    ended = await carried(work, job)
    if not isinstance(ended, Ended):
        return ended
    if ended.exit_code == 0:
        return Done(said="The schema is migrated; the thread has the output.")
    return Back(said=f"The migration {ended.how}")
