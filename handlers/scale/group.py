"""A worker group's size (runbook, *Scale GPU Workers*): bounds respected, jobs left alone.

Before: the order. After: the steps, laid out in handlers.scale.group_planning. On the way down the
workers that run a job are protected first, and let go as their jobs end.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.capacity import Fleet, Stopped
from bot.domain.certain import certain
from bot.domain.duration import in_words
from bot.domain.live import Missing, QueueState
from bot.domain.plan import Change, Plan
from bot.domain.reasons import Reason
from bot.domain.scale import caution, number, undone_by
from bot.engine.look import part
from bot.engine.world import World
from bot.errors import Refused
from bot.topology import Group
from handlers.scale.bounds import moves
from handlers.scale.group_planning import Decision, forward, way_back
from handlers.scale.order import Order


async def plan_group(world: World, group: Group, order: Order) -> Plan:
    """Raises Refused when it cannot be known, is outside the bounds, or there is nothing to do;
    UserError for words.
    """
    fleet = certain("the group", await part(world.aws.scaling.group(group)))
    ids = [member.id for member in fleet.working]
    busy = certain("who runs a job", await part(world.aws.scaling.busy(group, ids)))
    queue = await _queue(world, group)
    found = _decided(group, fleet, busy, order)
    span = "" if order.lasting is None else f" for {in_words(order.lasting)}"
    title = group.title or group.key
    _, _, new = moves(fleet.autoscaling, order)
    return Plan(
        operation="scale",
        resource=group.resource,
        summary=f"Have {found.after} {title} instead of {found.before}{span}.",
        steps=(*forward(world, found), *way_back(world, found)),
        changes=tuple(_changes(found)),
        facts={
            "instances wanted": str(found.before),
            "the group's bounds": fleet.autoscaling.bounds,
        },
        evidence=tuple(_evidence(found, queue)),
        warnings=(
            *undone_by(new, found.before, found.after, command=order.absolute(found.after)),
            *_unseen(found),
        ),
        more_approvals=(*caution("instances", found.before, found.after), *_working(found)),
    )


def _decided(group: Group, fleet: Fleet, busy: frozenset[str], order: Order) -> Decision:
    widen, narrow, new = moves(fleet.autoscaling, order)
    after = order.count(fleet.desired, new)
    _within(after, new.minimum, new.maximum, order)
    if after == fleet.desired and widen.none and narrow.none:
        raise Refused(
            f"{group.autoscaling_group} is to have {number(after, 'instance')} already.",
            code=Reason.NOTHING_TO_DO,
            hint=f"/filmops autoscaling {group.key}",
        )
    stopped = Stopped.LAUNCH if after > fleet.desired else Stopped.TERMINATE
    if after != fleet.desired and stopped in fleet.autoscaling.suspended:
        raise Refused(
            f"Somebody has suspended {stopped} of {group.autoscaling_group}: nothing would come "
            "of it.",
            code=Reason.NOT_READY,
            hint="Resume that process of the group in AWS, then ask again.",
        )
    return Decision(
        group=group,
        fleet=fleet,
        busy=busy,
        after=after,
        widen=widen,
        narrow=narrow,
        bounds=new.bounds,
        order=order,
    )


def _within(after: int, low: int, high: int, order: Order) -> None:
    """Bounds are offered to be moved, never moved silently."""
    if low <= after <= high:
        return
    name, limit = ("max", high) if after > high else ("min", low)
    raise Refused(
        f"{after} is outside the group's bounds: its {name} is {limit}.",
        code=Reason.OUT_OF_BOUNDS,
        hint=f"{order.absolute(after)} --{name} {after}",
    )


def _changes(found: Decision) -> Iterator[Change]:
    title = found.group.title or found.group.key
    if found.after != found.before:
        yield Change(subject=title, before=str(found.before), after=str(found.after))
    if not (found.widen.none and found.narrow.none):
        yield Change(
            subject=f"bounds of {found.group.autoscaling_group}",
            before=found.fleet.autoscaling.bounds,
            after=found.bounds,
        )


def _evidence(found: Decision, queue: QueueState | Missing | None) -> Iterator[str]:
    fleet = found.fleet
    others = "".join(f", {number} {state}" for state, number in fleet.others.items())
    jobs = f", {len(found.busy)} run jobs" if found.group.busy is not None else ""
    yield f"{len(fleet.working)} of {fleet.desired} in service{jobs}{others}"
    kept = sum(member.protected for member in fleet.members)
    if kept:
        yield f"{kept} are protected from being scaled in already"
    if isinstance(queue, QueueState):
        yield f"{found.group.queue} holds {queue.waiting}, {queue.in_flight} in flight"
    elif isinstance(queue, Missing):
        yield f"{found.group.queue} could not be read ({queue.reason})"


def _unseen(found: Decision) -> Iterator[str]:
    if found.after < found.before and found.group.busy is None:
        yield (
            f"Nothing says which workers run a job ([groups.{found.group.key}.busy] in "
            "filmops.toml): AWS chooses which go, and their jobs end with them."
        )


def _working(found: Decision) -> Iterator[str]:
    """Fewer idle ones than are to go: the rest go when their jobs are over."""
    if not found.drains:
        return
    going = found.before - found.after
    kept = {member.id for member in found.fleet.members if member.protected}
    idle = [m for m in found.fleet.working if m.id not in found.busy and m.id not in kept]
    if len(idle) < going:
        yield f"{going} are to go and {len(idle)} are idle: it waits for jobs to end"


async def _queue(world: World, group: Group) -> QueueState | Missing | None:
    if group.queue is None:
        return None
    return await part(world.aws.queues.state(world.topology.queues[group.queue]))
