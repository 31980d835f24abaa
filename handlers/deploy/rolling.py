"""A deployment's release onto the idle colour: registered, rolled out by ECS, and tried there.

Before: backup and migration. After: the first share of traffic. What fails here turns the run
round: traffic is where it was, and the way back makes sure of it.
"""

from __future__ import annotations

from bot.domain.live import Missing
from bot.domain.release import Rollout, Rollouts, RolloutState
from bot.domain.rollback import healthy_enough
from bot.engine.step import Back, Done, Hold, Outcome, Work
from bot.engine.switching import service_of
from bot.engine.trying import fine, look_again, over, wait_on, wrong_with
from handlers.deploy.preparing import elsewhere, idle, live


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
    moved = await elsewhere(work)
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
    if isinstance(now.stopped, Missing):
        return f"Why tasks stopped could not be read ({now.stopped.reason})."
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
