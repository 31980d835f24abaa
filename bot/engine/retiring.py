"""Scaling the colour in that nobody uses any more: planned here for who types it, and by a
deployment for when its old colour need not be kept warm as the way back any longer.

Before: `/filmops retire`, or a deployment's last step. After: the request, for now or for later;
it is planned again when its time has come, so a rollback meanwhile makes it stale.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from bot.domain.certain import certain, steerable
from bot.domain.duration import in_words
from bot.domain.live import Missing, Tasks
from bot.domain.plan import Call, Change, Plan, StepSpec
from bot.domain.reasons import Reason
from bot.domain.request import Request
from bot.domain.rollback import serving
from bot.engine.later import Later, leave, left
from bot.engine.look import runs
from bot.engine.switching import weights_text
from bot.engine.world import World
from bot.errors import Refused, Temporary
from bot.topology import Colour, Service

NAME = "retire"
GRACE = timedelta(hours=12)
"""How long after its time a retirement may still begin: workers may have been away."""


async def plan_retirement(world: World, service: Service, tasks: int) -> Plan:
    """Leave that many tasks of the colour without traffic. Raises Refused when there is none."""
    read, tasks_of = await runs(world, service)
    routes = steerable(service, read)
    live = serving(routes)
    if live is None:
        raise Refused(
            f"Traffic of {service.title} is on both colours: neither is idle.",
            code=Reason.MIXED_TRAFFIC,
            hint=f"/filmops status {service.key}",
        )
    idle = live.other
    running = certain(f"{idle}'s tasks", tasks_of[idle])
    if running.desired <= tasks:
        raise Refused(
            f"{idle} of {service.title} wants {running.desired} tasks: there is nothing to take.",
            code=Reason.NOTHING_TO_DO,
            hint=f"/filmops status {service.key}",
        )
    return Plan(
        operation=NAME,
        resource=service.resource,
        summary=f"Scale {idle} of {service.title} in to {tasks} tasks: {live} serves. A rollback "
        "then has to wait until it is up again.",
        steps=_steps(world, service, idle, tasks),
        changes=(Change(subject=f"{idle}'s tasks", before=str(running.desired), after=str(tasks)),),
        facts={
            **{f"traffic of {route.label}": weights_text(route.weights) for route in routes},
            f"{idle} revision": running.task_definition,
        },
        evidence=(_runs(live, tasks_of[live]), _runs(idle, running)),
    )


async def retire_later(world: World, service: Service, *, run: int) -> str:
    """Have the old colour of a deployment retired when it need not be warm any more; what to say.

    Asked twice it makes one request and says the same. The deployment's approval is its approval:
    its plan said so. Raises Temporary when AWS does not tell what there is to retire.
    """
    deploy = world.topology.deploy
    same = await left(world, run=run, operation=NAME, resource=service.resource)
    if same is not None:
        return _later(world, same)
    try:
        plan = await plan_retirement(world, service, deploy.warm_tasks)
    except Refused as nothing:
        if nothing.code == Reason.LIVE_STATE_UNKNOWN:
            # It would never be asked for again: the old colour would run, and cost, for ever.
            raise Temporary(nothing.message) from nothing
        return nothing.message
    reason = f"the old colour of R{run}"
    later = Later(
        run=run,
        operation=NAME,
        params={"service": service.key, "tasks": deploy.warm_tasks, "reason": reason},
        words=f"{NAME} {service.key} --tasks {deploy.warm_tasks}",
        plan=plan,
        start=world.clock.now() + timedelta(hours=deploy.warm_hours),
        grace=GRACE,
        reason=reason,
    )
    return _later(world, await leave(world, later))


def _later(world: World, opened: Request) -> str:
    wait = in_words(timedelta(hours=world.topology.deploy.warm_hours))
    return f"The old colour stays warm for {wait}; {opened.name} scales it in then."


def _steps(world: World, service: Service, idle: Colour, tasks: int) -> tuple[StepSpec, ...]:
    args: Mapping[str, object] = {"service": service.key, "colour": str(idle), "tasks": tasks}
    action, parameters = world.aws.rollers.update_call(service, idle, revision=None, desired=tasks)
    call = Call(service="ecs", action=action, parameters=parameters)
    return (
        StepSpec(name="retire.guard", title=f"Make sure {idle} has no traffic", args=args),
        StepSpec(
            name="retire.scale", title=f"Scale {idle} in to {tasks} tasks", args=args, calls=(call,)
        ),
        StepSpec(name="retire.gone", title=f"Wait until {idle}'s tasks are gone", args=args),
    )


def _runs(colour: Colour, tasks: Tasks | Missing) -> str:
    if isinstance(tasks, Missing):
        return f"{colour}: its tasks could not be read"
    return f"{colour}: {tasks.version}, {tasks.running} of {tasks.desired} tasks"
