"""A service's tasks: how many of the colour that serves (runbook, *Scale Backend Services*).

Before: the order. After: the journal; the steps' code is in handlers.scale.service_steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.capacity import Autoscaling
from bot.domain.certain import certain, steerable
from bot.domain.duration import in_words
from bot.domain.lately import lately
from bot.domain.live import ColourState, Missing, Route, ServiceState, Tasks
from bot.domain.plan import Call, Change, Plan, StepSpec
from bot.domain.reasons import Obstacle, Reason
from bot.domain.rollback import serving
from bot.domain.scale import caution, number, undone_by
from bot.engine.look import look, part
from bot.engine.switching import weights_text
from bot.engine.world import World
from bot.errors import Refused
from bot.topology import Colour, Service
from handlers.scale.bounds import Move, moves
from handlers.scale.order import NONE, Order, returning


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What comes of an order. `old` is None where nobody else sets the count."""

    service: Service
    colour: Colour
    tasks: Tasks
    after: int
    old: Autoscaling | None
    new: Autoscaling | None
    widen: Move
    narrow: Move
    order: Order

    @property
    def before(self) -> int:
        """How many are wanted now."""
        return self.tasks.desired


async def plan_service(world: World, service: Service, order: Order) -> Plan:
    """Raises Refused when it cannot be known or there is nothing to do, UserError for words."""
    state = await look(world, service, world.clock.now())
    routes = steerable(service, state.routes)
    colour = serving(routes)
    if colour is None:
        raise Refused(
            f"Traffic of {service.title} is on both colours: which one to scale is not clear.",
            code=Reason.MIXED_TRAFFIC,
            hint=f"/filmops status {service.key}",
        )
    old = certain("who else sets the count", await part(world.aws.scaling.service(service, colour)))
    found = _decided(service, colour, state, old, order)
    room = await part(world.aws.rollers.room(service, colour))
    span = "" if order.lasting is None else f" for {in_words(order.lasting)}"
    return Plan(
        operation="scale",
        resource=service.resource,
        summary=f"Have {number(found.after, 'task')} of {service.title} on {colour}, which serves, "
        f"instead of {found.before}{span}.",
        steps=tuple(_steps(world, found)),
        changes=tuple(_changes(found)),
        facts=_facts(routes, found),
        evidence=tuple(_evidence(state, found, room, world.topology.metrics.period_seconds)),
        warnings=undone_by(
            found.new, found.before, found.after, command=order.absolute(found.after)
        ),
        obstacles=tuple(_obstacles(found, room)),
        more_approvals=caution("tasks", found.before, found.after),
    )


def _decided(
    service: Service, colour: Colour, state: ServiceState, old: Autoscaling | None, order: Order
) -> Decision:
    tasks = certain(f"{colour}'s tasks", state.colours[colour].tasks)
    bounded = order.minimum is not None or order.maximum is not None
    if old is None and bounded:
        raise Refused(
            f"Nobody else sets the count of {service.title} on {colour}: there are no bounds.",
            code=Reason.NOTHING_TO_DO,
            hint=f"/filmops autoscaling {service.key}",
        )
    widen, narrow, new = moves(old or NONE, order)
    after = order.count(tasks.desired, new if old is not None else None)
    if after == tasks.desired and widen.none and narrow.none:
        raise Refused(
            f"{colour} of {service.title} is to run {number(after, 'task')} already.",
            code=Reason.NOTHING_TO_DO,
            hint=f"/filmops status {service.key}",
        )
    return Decision(
        service=service,
        colour=colour,
        tasks=tasks,
        after=after,
        old=old,
        new=new if old is not None else None,
        widen=widen,
        narrow=narrow,
        order=order,
    )


def _steps(world: World, found: Decision) -> Iterator[StepSpec]:
    args = {
        "service": found.service.key,
        "colour": str(found.colour),
        "before": found.before,
        "tasks": found.after,
    }
    yield from _bounds(world, found, found.widen, args)
    if found.after != found.before:
        action, parameters = world.aws.rollers.update_call(
            found.service, found.colour, revision=None, desired=found.after
        )
        call = Call(service="ecs", action=action, parameters=parameters)
        title = f"Have {found.colour} run {number(found.after, 'task')}"
        yield StepSpec(name="scale.count", title=title, args=args, calls=(call,))
    yield from _bounds(world, found, found.narrow, args)
    if found.order.lasting is not None:
        yield returning(found.order, found.order.lasting, found.before, found.old)
    title = f"Wait until {number(found.after, 'task')} run and none is on its way out"
    yield StepSpec(name="scale.steady", title=title, args=args)


def _bounds(
    world: World, found: Decision, move: Move, args: Mapping[str, Any]
) -> Iterator[StepSpec]:
    if move.none:
        return
    action, parameters = world.aws.scaling.bounds_call(
        found.service, found.colour, minimum=move.minimum, maximum=move.maximum
    )
    call = Call(service="application-autoscaling", action=action, parameters=parameters)
    title = f"Set autoscaling's {move.words}"
    yield StepSpec(name="scale.bounds", title=title, args={**args, **move.args}, calls=(call,))


def _changes(found: Decision) -> Iterator[Change]:
    subject = f"{found.service.title}, tasks of {found.colour}"
    if found.after != found.before:
        yield Change(subject=subject, before=str(found.before), after=str(found.after))
    if found.old is not None and found.new is not None and found.old != found.new:
        yield Change(
            subject="autoscaling's bounds", before=found.old.bounds, after=found.new.bounds
        )


def _facts(routes: tuple[Route, ...], found: Decision) -> dict[str, str]:
    return {
        **{f"traffic of {route.label}": weights_text(route.weights) for route in routes},
        f"{found.colour}'s tasks": str(found.before),
        "autoscaling": "none" if found.old is None else found.old.bounds,
    }


def _evidence(
    state: ServiceState, found: Decision, room: int | Missing | None, period: int
) -> Iterator[str]:
    for colour in Colour:
        yield _half(colour, state.colours[colour], period, serves=colour is found.colour)
    if isinstance(room, Missing):
        yield f"free addresses could not be read ({room.reason})"
    elif room is not None:
        yield f"{room} free addresses for more tasks"


def _half(colour: Colour, half: ColourState, period: int, *, serves: bool) -> str:
    name = f"{colour} (serves)" if serves else f"{colour}"
    if isinstance(half.tasks, Missing):
        return f"{name}: its tasks could not be read"
    runs = f"{half.tasks.version}, {half.tasks.running} of {half.tasks.desired} tasks"
    return f"{name}: {runs}" + (f"; {lately(half.minutes, period)}" if serves else "")


def _obstacles(found: Decision, room: int | Missing | None) -> Iterator[Obstacle]:
    more = found.after - found.tasks.running
    if isinstance(room, int) and more > room:
        yield Obstacle(
            code=Reason.NO_ROOM,
            message=f"{more} more tasks need {more} addresses; the subnets have {room}.",
            unblock="Free some, or add a subnet.",
        )
