"""The steps that change a service's tasks: bounds, count, steady.

Names are in journals: a name is never reused for something else.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.capacity import Autoscaling
from bot.domain.live import Missing, Targets
from bot.domain.scale import number
from bot.engine.look import part
from bot.engine.step import Done, Hold, Outcome, StepCode, Work
from bot.engine.switching import service_of
from bot.engine.trying import wait_on
from bot.errors import OperationFailed
from bot.topology import Colour


def _colour(work: Work) -> Colour:
    return Colour(work.args["colour"])


def bound(work: Work, name: str) -> int | None:
    """A bound to set, from the step's arguments; None stays."""
    value = work.args[name]
    return None if value is None else int(value)


def within(work: Work, found: Autoscaling) -> bool:
    """Whether autoscaling has the bounds of the step's arguments already."""
    wanted = (bound(work, "minimum"), bound(work, "maximum"))
    given = (found.minimum, found.maximum)
    return all(want in (None, have) for want, have in zip(wanted, given, strict=True))


async def _bounded(work: Work) -> Done | None:
    found = await work.world.aws.scaling.service(service_of(work), _colour(work))
    if found is None:
        raise OperationFailed("The scalable target is gone.", code="not_found")
    if not within(work, found):
        return None
    return Done(said=f"Autoscaling goes from {found.bounds}.")


async def _bounds(work: Work) -> Outcome:
    await work.world.aws.scaling.bounds(
        service_of(work),
        _colour(work),
        minimum=bound(work, "minimum"),
        maximum=bound(work, "maximum"),
        fence=work.fence,
    )
    return Done(said="Autoscaling has taken it.")


async def _counted(work: Work) -> Done | None:
    now = await work.world.aws.rollers.rollouts(service_of(work), _colour(work))
    wanted = int(work.args["tasks"])
    if now.desired != wanted:
        return None
    return Done(said=f"{_colour(work)} is to run {number(wanted, 'task')}.")


async def _count(work: Work) -> Outcome:
    """Raises OperationFailed("plan_stale") when somebody set it since the approval."""
    rollers, service = work.world.aws.rollers, service_of(work)
    now = (await rollers.rollouts(service, _colour(work))).desired
    if now != int(work.args["before"]):
        raise OperationFailed(
            f"Somebody, or autoscaling, has set {now} tasks since the approval; the plan began at "
            f"{work.args['before']}. Not touched.",
            code="plan_stale",
        )
    await rollers.update(service, _colour(work), desired=int(work.args["tasks"]), fence=work.fence)
    return Done(said="ECS has taken it.")


async def _steady(work: Work) -> Outcome:
    """As many run as wanted, as many targets are healthy, and nothing drains any more."""
    service, colour, aws = service_of(work), _colour(work), work.world.aws
    wanted = int(work.args["tasks"])
    now = await aws.rollers.rollouts(service, colour)
    targets = await aws.traffic.targets(service, colour)
    said = f"{now.running} of {number(wanted, 'task')} run, {_told(targets)}"
    if now.desired != wanted:
        return Hold(
            said=f"Somebody, or autoscaling, wants {number(now.desired, 'task')} instead of "
            f"{wanted}. See who: /filmops autoscaling {service.key}"
        )
    if now.running == wanted and targets.healthy >= wanted and not targets.draining:
        return Done(said=f"{said}.{await _log(work)}")
    why = "; ".join(now.events[:2])
    seconds = work.world.topology.scaling.service_seconds
    return wait_on(work, f"{said}. {why}".rstrip(), seconds)


def _told(targets: Targets) -> str:
    draining = f", {targets.draining} drain" if targets.draining else ""
    return f"{targets.healthy} of {targets.total} targets are healthy{draining}"


async def _log(work: Work) -> str:
    """What the log says of tasks that went: errors since the step began (runbook: *Monitor
    graceful shutdown*).
    """
    service = service_of(work)
    fewer = int(work.args["tasks"]) < int(work.args["before"])
    if not fewer or not service.log_group or service.deploy is None:
        return ""
    page = await part(
        work.world.aws.logs.search(
            service.log_group,
            pattern=service.deploy.error_pattern,
            start=work.started_at,
            end=work.now,
            limit=50,
        )
    )
    if isinstance(page, Missing):
        return f" The log could not be read ({page.reason})."
    more = "+" if page.more else ""
    return f" Lines of errors in the log meanwhile: {len(page.lines)}{more}."


STEPS: Mapping[str, StepCode] = {
    "scale.bounds": StepCode(act=_bounds, done=_bounded),
    "scale.count": StepCode(act=_count, done=_counted),
    "scale.steady": StepCode(act=_steady),
}
