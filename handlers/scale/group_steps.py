"""The steps that change a worker group: look who is busy, protect, size, drain, let go.

Names are in journals: a name is never reused for something else.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.live import Missing
from bot.domain.scale import number
from bot.engine.look import part
from bot.engine.step import Done, Hold, Outcome, StepCode, Work
from bot.engine.trying import over, wait_on
from bot.errors import OperationFailed
from bot.topology import Group
from handlers.scale.service_steps import bound, within


def _group(work: Work) -> Group:
    key = str(work.args["group"])
    group = work.world.topology.groups.get(key)
    if group is None:
        raise OperationFailed(f"filmops.toml has no group {key} any more.", code="not_found")
    return group


def _ours(work: Work) -> frozenset[str]:
    """The workers this run has protected, or was about to."""
    return frozenset(work.results.get("scale.idle", {}).get("busy", ()))


async def _idle(work: Work) -> Outcome:
    """Who is busy now goes into the journal before anybody is protected: who dies in between
    leaves a list of whom to let go. Those that somebody else has protected are not ours.
    """
    group, scaling = _group(work), work.world.aws.scaling
    working = (await scaling.group(group)).working
    busy = await scaling.busy(group, [member.id for member in working])
    ours = sorted(member.id for member in working if member.id in busy and not member.protected)
    named = f": {', '.join(ours[:10])}" if ours else ""
    said = f"{len(busy)} of {len(working)} workers run a job{named}."
    return Done(said=said, detail={"busy": ours})


async def _protected(work: Work) -> Done | None:
    members = (await work.world.aws.scaling.group(_group(work))).members
    bare = [each.id for each in members if each.id in _ours(work) and not each.protected]
    return None if bare else Done(said=f"Protected: {number(len(_ours(work)), 'worker')}.")


async def _protect(work: Work) -> Outcome:
    await work.world.aws.scaling.protect(
        _group(work), _ours(work), protected=True, fence=work.fence
    )
    return Done(said="Auto Scaling has taken it.")


async def _released(work: Work) -> Done | None:
    members = (await work.world.aws.scaling.group(_group(work))).members
    kept = [each.id for each in members if each.id in _ours(work) and each.protected]
    return None if kept else Done(said="No worker is protected by this run any more.")


async def _release(work: Work) -> Outcome:
    await work.world.aws.scaling.protect(
        _group(work), _ours(work), protected=False, fence=work.fence
    )
    return Done(said="Auto Scaling has taken it.")


async def _limited(work: Work) -> Done | None:
    found = (await work.world.aws.scaling.group(_group(work))).autoscaling
    if not within(work, found):
        return None
    return Done(said=f"The group may have {found.bounds} instances.")


async def _limit(work: Work) -> Outcome:
    await work.world.aws.scaling.limits(
        _group(work),
        minimum=bound(work, "minimum"),
        maximum=bound(work, "maximum"),
        fence=work.fence,
    )
    return Done(said="Auto Scaling has taken it.")


async def _desired(work: Work) -> Done | None:
    now = (await work.world.aws.scaling.group(_group(work))).desired
    wanted = int(work.args["instances"])
    if now != wanted:
        return None
    said = f"The group is to have {number(wanted, 'instance')}."
    return Done(said=said, detail=await _waiting(work))


async def _waiting(work: Work) -> Mapping[str, int]:
    """The group's queue before the new workers are there: what they take is seen against it."""
    key = _group(work).queue
    if key is None:
        return {}
    now = await part(work.world.aws.queues.state(work.world.topology.queues[key]))
    return {} if isinstance(now, Missing) else {"waiting": now.waiting, "in_flight": now.in_flight}


async def _desire(work: Work) -> Outcome:
    """Raises OperationFailed("plan_stale") when somebody sized it since the approval."""
    scaling, group = work.world.aws.scaling, _group(work)
    now = (await scaling.group(group)).desired
    if now != int(work.args["before"]):
        raise OperationFailed(
            f"Somebody, or autoscaling, wants {now} instances by now; the plan began at "
            f"{work.args['before']}. Not touched.",
            code="plan_stale",
        )
    await scaling.desire(group, int(work.args["instances"]), fence=work.fence)
    return Done(said="Auto Scaling has taken it.")


async def _workers(work: Work) -> Outcome:
    """As many in service as wanted. On the way down, workers are let go as their jobs end."""
    group, scaling = _group(work), work.world.aws.scaling
    fleet, wanted = await scaling.group(group), int(work.args["instances"])
    if fleet.desired != wanted:
        return Hold(
            said=f"Somebody, or autoscaling, wants {fleet.desired} instances instead of {wanted}. "
            f"See who: /filmops autoscaling {group.key}"
        )
    others = "".join(f", {number} {state}" for state, number in fleet.others.items())
    said = f"{len(fleet.working)} of {number(wanted, 'instance')} in service{others}"
    if len(fleet.working) == wanted and not fleet.moving:
        return Done(said=f"{said}.")
    times = work.world.topology.scaling
    kept = [member.id for member in fleet.working if member.id in _ours(work) and member.protected]
    if len(fleet.working) <= wanted or not kept:
        return wait_on(work, f"{said}.", times.group_seconds)
    busy = await scaling.busy(group, kept)
    idle = [each for each in kept if each not in busy][: len(fleet.working) - wanted]
    if idle:
        await scaling.protect(group, idle, protected=False, fence=work.fence)
    said += f"; {len(busy)} of those that are to go run a job"
    return wait_on(work, f"{said}.", times.drain_seconds)


async def _queue(work: Work) -> Outcome:
    """What waits gets less, or more is in flight; an empty queue needs nobody."""
    key = _group(work).queue
    if key is None:
        return Done(said="The group has no queue any more.")
    now = await work.world.aws.queues.state(work.world.topology.queues[key])
    said = f"{key} holds {now.waiting}, {now.in_flight} in flight"
    before = {**work.results.get("scale.desire", {}), **work.progress}
    first = (
        int(before.get("waiting", now.waiting)),
        int(before.get("in_flight", now.in_flight)),
    )
    if not now.waiting or now.waiting < first[0] or now.in_flight > first[1]:
        return Done(said=f"{said}: workers take from it.")
    seconds = work.world.topology.scaling.queue_seconds
    if over(work, seconds):
        return Hold(said=f"{said}: nobody has taken anything for {seconds:g} s. Look at a worker.")
    return wait_on(work, f"{said}.", seconds, waiting=first[0], in_flight=first[1])


STEPS: Mapping[str, StepCode] = {
    "scale.idle": StepCode(act=_idle),
    "scale.protect": StepCode(act=_protect, done=_protected),
    "scale.limits": StepCode(act=_limit, done=_limited),
    "scale.desire": StepCode(act=_desire, done=_desired),
    "scale.workers": StepCode(act=_workers),
    "scale.queue": StepCode(act=_queue),
    "scale.unprotect": StepCode(act=_release, done=_released),
}
