"""A deployment's steps before the release is anywhere: guard, backup, migration.

Each looks before it acts, so that a step begun again after a crash acts once. After: the release is
brought onto the idle colour, handlers.deploy.rolling.
"""

from __future__ import annotations

from datetime import timedelta

from bot.domain.live import Missing
from bot.domain.release import Errand, ErrandState
from bot.domain.rollback import healthy_enough, is_on
from bot.domain.window import window
from bot.engine.dispatch import redact
from bot.engine.look import part
from bot.engine.step import Back, Done, Hold, Outcome, Work
from bot.engine.switching import service_of
from bot.engine.trying import wait_on
from bot.ports import ThreadNote
from bot.topology import Colour, Service

LINES = 15
"""Lines of a migration's output in one message of the thread."""

MOST_LINES = 1000
"""Of its output in the thread, all in all; CloudWatch has the rest."""


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
    world, key = work.world, str(work.args["database"])
    database, deploy = world.topology.databases[key], world.topology.deploy
    known = await world.aws.databases.snapshots(database)
    young = timedelta(hours=deploy.backup_hours)
    if known and work.now - known[0].created_at <= young:
        return Done(said=f"{known[0].id} is from {known[0].created_at:%Y-%m-%d %H:%M} UTC.")
    # With its time: another database of ours, or a step begun anew, counts its runs from 1 again.
    name = f"filmops-{key}-r{work.run}-{work.started_at:%Y%m%d-%H%M%S}"
    state = await world.aws.snapshots.state(key, name)
    if state == "available":
        return Done(said=f"{name} is made.")
    if state is None:
        tags = {"filmops": f"R{work.run}"}
        await world.aws.snapshots.take(key, name, tags=tags, fence=work.fence)
    elif state != "creating":
        return Hold(said=f"{name} is {state}. Resume takes another.")
    return wait_on(work, f"{name} is being made.", deploy.backup_seconds)


async def migrate(work: Work) -> Outcome:
    """The one-off task, started once, its output in the thread, its exit code honoured."""
    service, errands = service_of(work), work.world.aws.errands
    key = f"filmops-R{work.run}-migrate"
    errand = await errands.find(service, key)
    if errand is None:
        # Asked twice with one key, ECS starts one task: a list that lags does no harm.
        await errands.start(
            service, live(work), image=str(work.args["image"]), key=key, fence=work.fence
        )
        return wait_on(work, "The migration is starting.", float(work.args["seconds"]))
    shown = await _output(work, service, errand)
    if errand.state is not ErrandState.STOPPED:
        said = f"The migration is {errand.state}; {shown} lines so far."
        return wait_on(work, said, float(work.args["seconds"]), shown=shown)
    if errand.exit_code == 0:
        return Done(said="The schema is migrated; the thread has the output.")
    ended = "did not start" if errand.exit_code is None else f"ended with {errand.exit_code}"
    return Back(
        said=f"The migration {ended}: {errand.reason or 'no reason given'}. See the thread."
    )


async def _output(work: Work, service: Service, errand: Errand) -> int:
    """Put what is new of the task's output into the thread; how many lines there are by now."""
    shown = int(work.progress.get("shown", 0))
    lines = await work.world.aws.errands.output(
        service, errand, since=work.started_at, limit=MOST_LINES
    )
    for first in range(shown, len(lines), LINES):
        some = lines[first : first + LINES]
        text = "\n".join(line.text for line in some)
        note = ThreadNote(
            # Keyed by its place: read again after a crash, it is the same message.
            key=f"R{work.run}:migration:{first}:{len(some)}",
            subject=f"R{work.run}",
            # A program's words may hold a secret.
            message=work.world.voice.output("Migration", redact(text)),
        )
        await work.world.store.cards.note(note, work.now)
    return len(lines)
