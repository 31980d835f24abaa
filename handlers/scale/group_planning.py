"""A worker group's steps as data: forward, and the way back while workers are protected.

Before: `handlers.scale.group` has decided how many. After: the journal; the code of each step is
found by its name in handlers.scale.group_steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.capacity import Fleet
from bot.domain.plan import Call, StepSpec
from bot.domain.scale import number
from bot.engine.world import World
from bot.topology import Group
from handlers.scale.bounds import Move
from handlers.scale.order import Order, returning

LATER = "known when its step is reached"
"""In a call shown before approval: which workers run a job then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What comes of an order; `busy` are the workers that run a job now."""

    group: Group
    fleet: Fleet
    busy: frozenset[str]
    after: int
    widen: Move
    narrow: Move
    bounds: str
    order: Order

    @property
    def before(self) -> int:
        """How many are wanted now."""
        return self.fleet.desired

    @property
    def drains(self) -> bool:
        """Whether workers must be looked at before some of them go."""
        return self.after < self.before and self.group.busy is not None


def forward(world: World, found: Decision) -> Iterator[StepSpec]:
    """All of them but the way back."""
    group, scaling = found.group, world.aws.scaling
    args: Mapping[str, Any] = {
        "group": group.key,
        "before": found.before,
        "instances": found.after,
    }
    protect = _call(scaling.protect_call(group, [LATER], protected=True))
    release = _call(scaling.protect_call(group, [LATER], protected=False))
    if found.drains:
        yield StepSpec(name="scale.idle", title="See which workers run a job", args=args)
        title = "Protect those workers from being scaled in"
        yield StepSpec(name="scale.protect", title=title, args=args, calls=(protect,))
    yield from _limits(world, found, found.widen, args)
    if found.after != found.before:
        title = f"Have the group come to {number(found.after, 'instance')}"
        call = _call(scaling.desire_call(group, found.after))
        yield StepSpec(name="scale.desire", title=title, args=args, calls=(call,))
    yield from _limits(world, found, found.narrow, args)
    if found.order.lasting is not None:
        yield returning(found.order, found.order.lasting, found.before, found.fleet.autoscaling)
    yield StepSpec(
        name="scale.workers",
        title=f"Wait until {number(found.after, 'instance')} in service"
        + (", letting workers go as their jobs end" if found.drains else ""),
        args=args,
        calls=(release,) if found.drains else (),
    )
    if found.drains:
        title = "Take the protection from the workers that stay"
        yield StepSpec(name="scale.unprotect", title=title, args=args, calls=(release,))
    if group.queue is not None and found.after > found.before:
        title = f"Wait until workers take from {group.queue}"
        yield StepSpec(name="scale.queue", title=title, args=args)


def way_back(world: World, found: Decision) -> Iterator[StepSpec]:
    """Aborted with workers protected, the group is as it was: a protection nobody knows of would
    keep them for ever.
    """
    if not found.drains:
        return
    scaling, old = world.aws.scaling, found.fleet.autoscaling
    args = {"group": found.group.key, "before": found.after, "instances": found.before}
    if not (found.widen.none and found.narrow.none):
        back = Move(minimum=old.minimum, maximum=old.maximum)
        call = _call(scaling.limits_call(found.group, minimum=old.minimum, maximum=old.maximum))
        title = f"Set the group's {back.words} again"
        yield StepSpec(
            name="scale.limits", title=title, args={**args, **back.args}, calls=(call,), back=True
        )
    title = f"Have the group come to {number(found.before, 'instance')} again"
    call = _call(scaling.desire_call(found.group, found.before))
    yield StepSpec(name="scale.desire", title=title, args=args, calls=(call,), back=True)
    release = _call(scaling.protect_call(found.group, [LATER], protected=False))
    title = "Take the protection from the workers"
    yield StepSpec(name="scale.unprotect", title=title, args=args, calls=(release,), back=True)


def _limits(
    world: World, found: Decision, move: Move, args: Mapping[str, Any]
) -> Iterator[StepSpec]:
    if not move.none:
        call = _call(
            world.aws.scaling.limits_call(found.group, minimum=move.minimum, maximum=move.maximum)
        )
        title = f"Set the group's {move.words}"
        yield StepSpec(name="scale.limits", title=title, args={**args, **move.args}, calls=(call,))


def _call(made: tuple[str, Mapping[str, Any]]) -> Call:
    return Call(service="autoscaling", action=made[0], parameters=made[1])
