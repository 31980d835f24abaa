"""`/filmops retire SERVICE`: scale the colour in that has no traffic (runbook, *Blue/Green*).

A deployment asks for it by itself, for the end of its rollback window: bot.engine.retiring.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.domain.plan import Plan
from bot.domain.rollback import is_on
from bot.engine.look import RUNS_NEEDS
from bot.engine.operation import Context, Operation, Params
from bot.engine.retiring import NAME, plan_retirement
from bot.engine.step import Done, Hold, Outcome, StepCode, Work
from bot.engine.switching import service_of
from bot.engine.trying import wait_on
from bot.topology import Colour, Risk


class RetireParams(Params):
    """Of which service, how many tasks are left, and why."""

    service: str = Field(json_schema_extra={"names": "services"})
    tasks: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=0, json_schema_extra={"option": True}
    )
    reason: str = Field(default="", max_length=500, json_schema_extra={"rest": True})


async def plan(context: Context, params: RetireParams) -> Plan:
    """What it would do now. Raises Refused when neither colour is idle, or it is gone already."""
    service = context.topology.services[params.service]
    return await plan_retirement(context.world, service, params.tasks)


def _colour(work: Work) -> Colour:
    return Colour(work.args["colour"])


async def _guard(work: Work) -> Outcome:
    """Somebody may have rolled back in the second between plan and step."""
    routes = await work.world.aws.traffic.routes(service_of(work))
    served = [route.label for route in routes if not is_on(route, _colour(work).other)]
    if served or not routes:
        return Hold(said=f"{_colour(work)} has traffic on {', '.join(served) or 'no known route'}.")
    return Done(said=f"All traffic is on {_colour(work).other}.")


async def _scaled(work: Work) -> Done | None:
    now = await work.world.aws.rollers.rollouts(service_of(work), _colour(work))
    wanted = int(work.args["tasks"])
    if now.desired > wanted:
        return None
    return Done(said=f"{_colour(work)} is to run {now.desired} tasks.")


async def _scale(work: Work) -> Outcome:
    guarded = await _guard(work)
    if not isinstance(guarded, Done):
        return guarded  # It was held, and somebody moved traffic before it was resumed.
    wanted = int(work.args["tasks"])
    await work.world.aws.rollers.update(
        service_of(work), _colour(work), desired=wanted, fence=work.fence
    )
    return Done(said="ECS has taken it.")


async def _gone(work: Work) -> Outcome:
    now = await work.world.aws.rollers.rollouts(service_of(work), _colour(work))
    wanted = int(work.args["tasks"])
    if now.desired > wanted:
        return Done(said=f"Somebody, or autoscaling, wants {now.desired} tasks of it again.")
    if now.running <= wanted:
        return Done(said=f"{now.running} tasks run.")
    # A target is drained, for five minutes if nobody said otherwise, before its task is stopped.
    return wait_on(work, f"{now.running} tasks run.", work.world.topology.deploy.rollout_seconds)


OPERATION = Operation(
    name=NAME,
    summary="Scale in the colour of a service that has no traffic.",
    risk=Risk.CHANGE,
    params=RetireParams,
    examples=("retire backend", "retire backend --tasks 1 saving money"),
    plan=plan,
    steps={
        "retire.guard": StepCode(act=_guard),
        "retire.scale": StepCode(act=_scale, done=_scaled),
        "retire.gone": StepCode(act=_gone),
    },
    needs=(*RUNS_NEEDS, "rollers.rollouts", "rollers.update"),
)
