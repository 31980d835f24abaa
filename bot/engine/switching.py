"""Moving one route's weights, as a step of a run: looked at before, sent once, read back.

Before: a plan whose step's args are `switch_args`. After: the load balancer. The rollback's switch
and a deployment's traffic steps and way back are this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.live import Route
from bot.domain.plan import Call, StepSpec
from bot.engine.step import Done, Outcome, Work
from bot.engine.world import World
from bot.errors import OperationFailed
from bot.topology import Colour, Service


def switch_step(
    world: World,
    service: Service,
    route: Route,
    *,
    name: str,
    title: str,
    before: Mapping[Colour, int] | None,
    after: Mapping[Colour, int],
    back: bool = False,
    more: Mapping[str, Any] | None = None,
) -> StepSpec:
    """The step that sets a route's weights to `after`. With `before` it refuses to touch a route
    that is at anything else; without, it puts right whatever it finds. `more` is added to its args.
    """
    action, parameters = world.aws.traffic.call_for(route, after)
    return StepSpec(
        name=name,
        title=title,
        args={
            **(more or {}),
            "service": service.key,
            "route": route.arn,
            "before": None if before is None else _written(before),
            "after": _written(after),
        },
        calls=(Call(service="elbv2", action=action, parameters=parameters),),
        back=back,
    )


async def switched(work: Work) -> Done | None:
    """Whether the route is as wanted."""
    route = await _route(work)
    after = _weights(work.args["after"])
    if {colour: route.weights.get(colour, 0) for colour in after} != after:
        return None
    return Done(said=f"{route.label} read back as {weights_text(after)}.")


async def switch(work: Work) -> Outcome:
    """Set it. Raises OperationFailed("plan_stale") when somebody moved it since the approval."""
    route = await _route(work)
    before = work.args["before"]
    if before is not None and dict(route.weights) != _weights(before):
        raise OperationFailed(
            f"Somebody changed {route.label} since the approval: it is at "
            f"{weights_text(route.weights)}, the plan began at {weights_text(_weights(before))}. "
            "Not touched.",
            code="plan_stale",
        )
    await work.world.aws.traffic.set_weights(route, _weights(work.args["after"]), fence=work.fence)
    return Done(said=f"{route.label} switched.")


def weights_text(weights: Mapping[Colour, int]) -> str:
    """`blue 100, green 0`, in the colours' order."""
    return ", ".join(f"{colour} {weights.get(colour, 0)}" for colour in Colour)


async def _route(work: Work) -> Route:
    routes = await work.world.aws.traffic.routes(service_of(work))
    route = next((r for r in routes if r.arn == work.args["route"]), None)
    if route is None:
        raise OperationFailed("The listener or rule is gone.", code="not_found")
    return route


def service_of(work: Work) -> Service:
    """The step's service. Raises OperationFailed when this release's topology has none such."""
    key = str(work.args["service"])
    service = work.world.topology.services.get(key)
    if service is None:
        raise OperationFailed(f"filmops.toml has no service {key} any more.", code="not_found")
    return service


def _weights(value: Mapping[str, Any]) -> dict[Colour, int]:
    return {Colour(name): int(weight) for name, weight in value.items()}


def _written(weights: Mapping[Colour, int]) -> dict[str, int]:
    return {str(colour): weight for colour, weight in weights.items()}
