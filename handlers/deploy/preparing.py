"""A deployment's steps until the release is up on the idle colour: no traffic has moved yet.

Each looks before it acts, so that a step begun again after a crash acts once. What fails here turns
the run round: traffic is where it was, and the way back makes sure of it.
"""

from __future__ import annotations

from datetime import timedelta

from bot.domain.live import Missing
from bot.domain.release import Errand, ErrandState, Rollout, Rollouts, RolloutState
from bot.domain.rollback import healthy_enough, is_on
from bot.domain.window import window
from bot.engine.dispatch import redact
from bot.engine.look import part
from bot.engine.step import Back, Done, Hold, Outcome, Work
from bot.engine.switching import service_of
from bot.engine.trying import fine, look_again, over, wait_on, wrong_with
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
    moved = await _moved(work)
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


async def _moved(work: Work) -> str:
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


async def registered(work: Work) -> Done | None:
    """Whether a revision of exactly this content can be started, and ECS would start it.

    Told to run the revision whose deployment failed last, ECS does nothing: it is registered anew.
    """
    service, rollers = service_of(work), work.world.aws.rollers
    arn = await rollers.prepared(
        service, template=str(work.args["template"]), image=str(work.args["image"])
    )
    if arn is None:
        return None
    last = (await rollers.rollouts(service, idle(work))).primary
    if last is not None and (last.task_definition, last.state) == (arn, RolloutState.FAILED):
        return None
    return _has_the_release(work, arn)


async def register(work: Work) -> Outcome:
    """Register it, unless an identical one is there. ECS' answer is what counts then: its list may
    lag, and who waited for that would register another one.
    """
    there = await registered(work)
    if there is not None:
        return there
    arn = await work.world.aws.rollers.register(
        service_of(work),
        template=str(work.args["template"]),
        image=str(work.args["image"]),
        fence=work.fence,
    )
    return _has_the_release(work, arn)


def _has_the_release(work: Work, arn: str) -> Done:
    return Done(said=f"{arn.rpartition('/')[2]} has {work.args['version']}.", detail={"arn": arn})


def _revision(work: Work) -> str:
    return str(work.results["deploy.register"]["arn"])


async def updated(work: Work) -> Done | None:
    """Whether ECS works towards that revision with enough tasks."""
    service, aws = service_of(work), work.world.aws
    now = await aws.rollers.rollouts(service, idle(work))
    wanted = (await aws.containers.tasks(service, live(work))).desired
    primary = now.primary
    if primary is None or primary.task_definition != _revision(work) or now.desired < wanted:
        return None
    return Done(
        said=f"{idle(work)} is to run {now.desired} tasks of it.",
        detail={"deployment": primary.id},
    )


async def update(work: Work) -> Outcome:
    """One call: the revision, and as many tasks as the live colour has when it has more. A count
    that is high enough is left alone: it may be autoscaling's. Backup and migration may have taken
    an hour, so whether the colour is idle is looked at once more: what serves is not replaced.
    """
    moved = await _moved(work)
    if moved:
        return Hold(said=f"{moved} What serves is not replaced.")
    service, aws = service_of(work), work.world.aws
    wanted = (await aws.containers.tasks(service, live(work))).desired
    present = (await aws.rollers.rollouts(service, idle(work))).desired
    await aws.rollers.update(
        service,
        idle(work),
        revision=_revision(work),
        desired=wanted if present < wanted else None,
        fence=work.fence,
    )
    return Done(said="ECS has taken it.")


async def rollout(work: Work) -> Outcome:
    """*This* deployment, to its end. One that ECS rolled back has failed, whatever runs now."""
    now = await work.world.aws.rollers.rollouts(service_of(work), idle(work))
    ours = str(work.results["deploy.update"]["deployment"])
    primary = now.primary
    if primary is None or primary.task_definition != _revision(work):
        return Back(said=_rolled_back(now, ours))
    if primary.state is RolloutState.FAILED:
        return Back(said=f"ECS gave the deployment up. {primary.reason} {_why(now)}".strip())
    said = f"{primary.running} of {primary.desired} tasks run"
    if primary.state is RolloutState.COMPLETED and 0 < primary.desired <= primary.running:
        return Done(said=f"{said}: ECS says {primary.state}.")
    said += f", {primary.failed} failed" if primary.failed else ""
    seconds = work.world.topology.deploy.rollout_seconds
    if over(work, seconds):
        return Back(said=f"Not up after {seconds:g} s: {said}. {_why(now)}".strip())
    return wait_on(work, f"{said}.", seconds)


def _rolled_back(now: Rollouts, ours: str) -> str:
    failed: Rollout | None = next((r for r in now.rollouts if r.id == ours), None)
    reason = failed.reason if failed is not None and failed.reason else ""
    runs = now.primary.task_definition.rpartition("/")[2] if now.primary else "nothing"
    return f"ECS went back to {runs}. {reason} {_why(now)}".strip()


def _why(now: Rollouts) -> str:
    """Why tasks stopped, if they did: what ECS says besides is of starts, not of their reasons."""
    said = "; ".join(now.stopped[:3] or now.events[:3]).rstrip(".")
    return f"{said[:1].upper()}{said[1:]}." if said else ""


async def targets(work: Work) -> Outcome:
    """Every target of the new tasks healthy; after a while, enough of them."""
    found = await work.world.aws.traffic.targets(service_of(work), idle(work))
    said = f"{found.healthy} of {found.total} targets healthy"
    if found.healthy and not found.unhealthy:
        return Done(said=f"{said}.")
    again = look_again(work, f"{said}; {'; '.join(found.reasons[:3])}", then=Back)
    enough = healthy_enough(found, work.world.topology.thresholds)
    return Done(said=f"{said}, which is enough.") if isinstance(again, Back) and enough else again


async def smoke(work: Work) -> Outcome:
    """The release on its own colour, as its users would ask it, before any of them does."""
    service, version = service_of(work), str(work.args["version"])
    names = work.args["flows"]
    flows = [flow for flow in service.critical_flows if flow.name in names]
    wrong = await wrong_with(work.world, service, version, flows=flows, colour=idle(work))
    if wrong:
        return look_again(work, f"On {idle(work)}: {wrong}", then=Back)
    return Done(said=f"On {idle(work)}: {fine(service, version, flows)}")
