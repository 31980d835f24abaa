"""The decision of a rollback: which way traffic moves, or why it must not.

Pure: live state in, direction or Refused out. `handlers/rollback.py` reads the state before
and writes the plan after. Never onto a broken colour; unknown means blocked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.domain.certain import certain, steerable
from bot.domain.live import ColourState, Missing, Route, ServiceState, Targets, Tasks
from bot.domain.reasons import Reason
from bot.errors import Refused
from bot.topology import Colour, Service, Thresholds

FULL = 100
"""The weight of the colour that serves; the other has 0 and stays in the rule, because a group
in no rule gets no health checks and is no warm way back (AWS, health checks of target groups)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """Where traffic comes from and goes to; `routes` are those that have to change."""

    live: Colour
    target: Colour
    routes: tuple[Route, ...]
    target_tasks: Tasks
    live_tasks: Tasks | Missing
    target_targets: Targets


def wanted_weights(target: Colour) -> Mapping[Colour, int]:
    """All to the target, none to the other."""
    return {target: FULL, target.other: 0}


def is_on(route: Route, target: Colour) -> bool:
    """Whether a route sends everything to that colour already (whatever the weight's size)."""
    return route.weights.get(target, 0) > 0 and route.weights.get(target.other, 0) == 0


def serving(routes: Iterable[Route]) -> Colour | None:
    """The colour that has all the traffic of all routes; None when both have some, or neither."""
    listed = tuple(routes)
    return next((c for c in Colour if listed and all(is_on(r, c) for r in listed)), None)


def decide(
    service: Service, state: ServiceState, thresholds: Thresholds, *, to: Colour | None = None
) -> Direction:
    """The direction of a rollback, or Refused with the reason code and what to do.

    The live colour is the one most of the default action's traffic goes to; with more than
    one listener, of the first default that splits between the colours. `to` says it instead.
    """
    routes = steerable(service, state.routes)
    live = to.other if to else _live_colour(service, routes)
    target = live.other
    changing = tuple(route for route in routes if not is_on(route, target))
    if not changing:
        raise Refused(
            f"All traffic of {service.title} is on {target} already.",
            code=Reason.NOTHING_TO_DO,
            hint=f"/filmops status {service.key}",
        )
    tasks, targets = _standby(service, target, state.colours[target], thresholds)
    return Direction(
        live=live,
        target=target,
        routes=changing,
        target_tasks=tasks,
        live_tasks=state.colours[live].tasks,
        target_targets=targets,
    )


def healthy_enough(targets: Targets, thresholds: Thresholds) -> bool:
    """Whether a colour could serve: targets at all, and not too many of them unhealthy."""
    if targets.healthy == 0:
        return False
    return targets.unhealthy <= thresholds.unhealthy_targets * targets.total


def _live_colour(service: Service, routes: tuple[Route, ...]) -> Colour:
    main = next((route for route in routes if route.is_default), routes[0])
    blue, green = (main.weights.get(colour, 0) for colour in (Colour.BLUE, Colour.GREEN))
    if blue == green:
        raise Refused(
            f"{service.title} sends {blue} to blue and {green} to green on {main.label}: "
            "neither colour is the live one. Say which way.",
            code=Reason.MIXED_TRAFFIC,
            hint=f"/filmops rollback {service.key} --to {Colour.BLUE}",
        )
    return Colour.BLUE if blue > green else Colour.GREEN


def _standby(
    service: Service, target: Colour, state: ColourState, thresholds: Thresholds
) -> tuple[Tasks, Targets]:
    tasks = certain(f"{target}'s tasks", state.tasks)
    targets = certain(f"{target}'s target health", state.targets)
    if not healthy_enough(targets, thresholds):
        raise Refused(
            f"{target} of {service.title} cannot take the traffic: {targets.healthy} of "
            f"{targets.total} targets are healthy, {tasks.running} of "
            f"{tasks.desired} tasks run. Rolling back onto it would be worse: "
            f"bring {target} up first, then ask again.",
            code=Reason.IDLE_COLOUR_BROKEN,
            hint=f"/filmops status {service.key}",
        )
    return tasks, targets
