"""The step of a scale that lasts a while: what takes it back is asked for, for its time.

Before: the count has been set. After: a request of its own, which is planned again when its time
has come; has somebody, or autoscaling, set the count otherwise meanwhile, it goes stale and says
so.
"""

from __future__ import annotations

from datetime import timedelta

from bot.domain.plan import Plan
from bot.domain.reasons import Reason
from bot.domain.request import Request
from bot.engine.later import Later, leave, left
from bot.engine.step import Done, Outcome, Work
from bot.engine.world import World
from bot.errors import OperationFailed, Refused, Temporary
from handlers.scale.group import plan_group
from handlers.scale.order import Order
from handlers.scale.service import plan_service

GRACE = timedelta(days=3)
"""How long after its time it may still be taken back: schedulers may have been away, and it is
planned anew whenever it begins.
"""


async def take_back(work: Work) -> Outcome:
    """Asked for twice it makes one request. Raises Temporary when AWS does not tell how it is."""
    order = _order(work)
    same = await left(
        work.world, run=work.run, operation="scale", resource=_resource(work.world, order)
    )
    if same is not None:
        return _said(same)
    try:
        plan = await _plan(work.world, order)
    except Refused as nothing:
        if nothing.code == Reason.LIVE_STATE_UNKNOWN:
            raise Temporary(nothing.message) from nothing
        return Done(said=nothing.message)
    later = Later(
        run=work.run,
        operation="scale",
        params=order.params,
        words=order.words,
        plan=plan,
        start=work.now + timedelta(seconds=float(work.args["seconds"])),
        grace=GRACE,
        reason=f"the end of R{work.run}",
    )
    return _said(await leave(work.world, later))


def _said(request: Request) -> Done:
    start = request.plan.start_at
    when = "" if start is None else f" at {start:%Y-%m-%d %H:%M} UTC"
    return Done(said=f"{request.name} takes it back{when}.", detail={"returns": request.id})


def _order(work: Work) -> Order:
    args = work.args
    return Order(
        target=str(args["target"]),
        amount=str(args["amount"]),
        minimum=args["min_"],
        maximum=args["max_"],
    )


def _resource(world: World, order: Order) -> str:
    topology = world.topology
    found = topology.services.get(order.target) or topology.groups.get(order.target)
    if found is None:
        raise OperationFailed(f"filmops.toml has no {order.target} any more.", code="not_found")
    return found.resource


async def _plan(world: World, order: Order) -> Plan:
    service = world.topology.services.get(order.target)
    if service is not None:
        return await plan_service(world, service, order)
    return await plan_group(world, world.topology.groups[order.target], order)
