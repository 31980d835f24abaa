"""The steps that change a database: resize and read it back, copy it and see the copy follow,
remove a copy.

Names are in journals: a name is never reused for something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from bot.domain.instance import REPLICA_TAG, Instance
from bot.domain.live import Missing
from bot.domain.maintenance_window import window_end
from bot.engine.later import Later, leave, left
from bot.engine.step import Done, Hold, Outcome, StepCode, Work
from bot.engine.trying import over, wait_on
from bot.errors import OperationFailed
from handlers.scale.database import CLASS, plan_check

GRACE = timedelta(days=3)
"""How long after the window somebody may still look whether it has done its work."""

AFTER_WINDOW = timedelta(hours=1)
"""RDS begins in the window; it need not be done when that ends."""


def _name(work: Work) -> str:
    return str(work.args["database"])


async def _there(work: Work, name: str) -> Instance:
    found = await work.world.aws.instances.find(name)
    if found is None:
        raise OperationFailed(f"RDS has no database {name} any more.", code="not_found")
    return found


async def _resized(work: Work) -> Done | None:
    """Whether RDS has it: it has that class, or waits with it, or is changing to it just now."""
    found, wanted = await _there(work, _name(work)), str(work.args["class"])
    waiting = found.pending.get(CLASS)
    if found.instance_class == wanted and waiting is None:
        return Done(said=f"It is {wanted}.")
    if waiting != wanted:
        return None
    if not work.args["now"]:
        return Done(said=f"RDS will make it {wanted}: {found.maintenance_window} UTC.")
    # Available, it only waits: for the window, or for RDS to begin.
    busy = found.status != "available"
    return Done(said=f"RDS is changing it to {wanted}.") if busy else None


async def _resize(work: Work) -> Outcome:
    """Raises OperationFailed("plan_stale") when its class is another than at the approval."""
    found = await _there(work, _name(work))
    if found.instance_class != work.args["before"]:
        raise OperationFailed(
            f"{found.id} is {found.instance_class} by now; the plan began at "
            f"{work.args['before']}. Not touched.",
            code="plan_stale",
        )
    await work.world.aws.instances.resize(
        found.id, str(work.args["class"]), now=bool(work.args["now"]), fence=work.fence
    )
    return Done(said="RDS has taken it.")


async def _class(work: Work) -> Outcome:
    """The attribute, not the status: RDS is available before it begins, too."""
    found, wanted = await _there(work, _name(work)), str(work.args["class"])
    said = f"{found.id} reads as {found.instance_class}, {found.status}"
    if found.instance_class == wanted and found.status == "available":
        return Done(said=f"{said}.")
    waiting = found.pending.get(CLASS)
    if waiting is not None and found.status == "available":
        said += f"; {waiting} waits for {found.maintenance_window} UTC"
    return wait_on(work, f"{said}.", work.world.topology.scaling.database_seconds)


async def _check(work: Work) -> Outcome:
    """A request for after the window; asked for twice it is one."""
    world, key, wanted = work.world, _name(work), str(work.args["class"])
    database = world.topology.databases.get(key)
    if database is None:
        raise OperationFailed(f"filmops.toml has no database {key} any more.", code="not_found")
    made = await left(world, run=work.run, operation="scale", resource=database.resource)
    if made is None:
        found = await _there(work, key)
        made = await leave(
            world,
            Later(
                run=work.run,
                operation="scale",
                params={"target": key, "amount": wanted, "check": True},
                words=f"scale {key} {wanted} --check",
                plan=await plan_check(world, database, wanted),
                start=window_end(found.maintenance_window, work.now) + AFTER_WINDOW,
                grace=GRACE,
                reason=f"the maintenance window after R{work.run}",
            ),
        )
    start = made.plan.start_at
    when = "" if start is None else f" at {start:%Y-%m-%d %H:%M} UTC"
    return Done(said=f"{made.name} looks whether it is {wanted}{when}.")


async def _copied(work: Work) -> Done | None:
    found = await work.world.aws.instances.find(str(work.args["replica"]))
    if found is None:
        return None
    if found.source != _name(work):
        raise OperationFailed(f"{found.id} is no replica of {_name(work)}.", code="taken")
    return Done(said=f"{found.id} is being made in {found.zone}.")


async def _copy(work: Work) -> Outcome:
    zone = work.args["zone"]
    await work.world.aws.instances.replicate(
        _name(work),
        str(work.args["replica"]),
        instance_class=str(work.args["class"]),
        zone=None if zone is None else str(zone),
        fence=work.fence,
    )
    return Done(said="RDS has taken it.")


async def _lag(work: Work) -> Outcome:
    found, times = await _there(work, str(work.args["replica"])), work.world.topology.scaling
    lag = found.replica_lag_seconds
    behind = _behind(lag)
    said = f"{found.id} is {found.status}, {behind}"
    follows = isinstance(lag, int | float) and lag < times.replica_lag_seconds
    if found.status == "available" and follows:
        return Done(said=f"{said}; {found.endpoint}:{found.port}.")
    if found.status in ("failed", "incompatible-parameters", "storage-full"):
        return Hold(said=f"{said}.")
    return wait_on(work, f"{said}.", times.database_seconds)


def _behind(lag: float | Missing | None) -> str:
    if isinstance(lag, Missing):
        return f"its lag could not be read ({lag.reason})"
    return "CloudWatch says nothing of its lag yet" if lag is None else f"{lag:g} s behind"


async def _removed(work: Work) -> Done | None:
    found = await work.world.aws.instances.find(str(work.args["replica"]))
    if found is None or found.status == "deleting":
        return Done(said="RDS deletes it.")
    return None


async def _remove(work: Work) -> Outcome:
    """Raises Refused when it does not carry our tag: the run is held then."""
    name = str(work.args["replica"])
    found = await _there(work, name)
    if found.source != _name(work):
        raise OperationFailed(f"{name} is no replica of {_name(work)} any more.", code="promoted")
    await work.world.aws.instances.remove(name, tag=REPLICA_TAG, fence=work.fence)
    return Done(said="RDS has taken it.")


async def _gone(work: Work) -> Outcome:
    found = await work.world.aws.instances.find(str(work.args["replica"]))
    if found is None:
        return Done(said=f"{work.args['replica']} is gone.")
    seconds = work.world.topology.scaling.database_seconds
    if over(work, seconds):
        return Hold(said=f"{found.id} is {found.status} after {seconds:g} s.")
    return wait_on(work, f"{found.id} is {found.status}.", seconds)


STEPS: Mapping[str, StepCode] = {
    "scale.resize": StepCode(act=_resize, done=_resized),
    "scale.class": StepCode(act=_class),
    "scale.check": StepCode(act=_check),
    "scale.replica": StepCode(act=_copy, done=_copied),
    "scale.lag": StepCode(act=_lag),
    "scale.remove": StepCode(act=_remove, done=_removed),
    "scale.gone": StepCode(act=_gone),
}
