"""`/filmops autoscaling [TARGET]`: are policies and bounds as they should be (runbook, *Verify
Auto-Scaling Policies*)?

Everything is read at once; the judgement is bot.domain.autoscaled.
"""

from __future__ import annotations

import asyncio

from pydantic import Field

from blocks.autoscaling import autoscaling
from bot.domain.autoscaled import Half, Subject, of_group, of_service
from bot.domain.live import Missing
from bot.domain.message import Message
from bot.domain.rollback import serving
from bot.engine.look import part
from bot.engine.operation import Context, Operation, Params
from bot.errors import UserError
from bot.topology import Colour, Group, Risk, Service


class AutoscalingParams(Params):
    """One service or worker group, or all of them."""

    target: str | None = Field(default=None, json_schema_extra={"names": "targets"})


async def answer(context: Context, params: AutoscalingParams) -> Message:
    """A line for each policy, bound and target. Raises UserError for a database: it has none."""
    topology, only = context.topology, params.target
    services = [each for each in topology.services.values() if only in (None, each.key)]
    groups = [each for each in topology.groups.values() if only in (None, each.key)]
    if not services and not groups:
        raise UserError(f"{only} does not scale by itself.", hint="/filmops autoscaling")
    of_services, of_groups = await asyncio.gather(
        asyncio.gather(*(_service(context, service) for service in services)),
        asyncio.gather(*(_group(context, group) for group in groups)),
    )
    return autoscaling([*(each for pair in of_services for each in pair), *of_groups])


async def _service(context: Context, service: Service) -> list[Subject]:
    aws = context.world.aws
    routes = await part(aws.traffic.routes(service))
    live = routes if isinstance(routes, Missing) else serving(routes)
    halves = dict(
        zip(
            Colour,
            await asyncio.gather(*(_half(context, service, colour, live) for colour in Colour)),
            strict=True,
        )
    )
    return [
        of_service(
            service,
            colour,
            half,
            other=halves[colour.other],
            warm_tasks=context.topology.deploy.warm_tasks,
        )
        for colour, half in halves.items()
    ]


async def _half(
    context: Context, service: Service, colour: Colour, live: Colour | Missing | None
) -> Half:
    aws = context.world.aws
    found, tasks = await asyncio.gather(
        part(aws.scaling.service(service, colour)), part(aws.containers.tasks(service, colour))
    )
    serves = colour is live if isinstance(live, Colour) else live
    return Half(found=found, tasks=tasks, serves=serves)


async def _group(context: Context, group: Group) -> Subject:
    return of_group(group, await part(context.world.aws.scaling.group(group)))


OPERATION = Operation(
    name="autoscaling",
    summary="Compare autoscaling's policies and bounds with what they should be.",
    risk=Risk.READ,
    params=AutoscalingParams,
    examples=("autoscaling", "autoscaling backend", "autoscaling gpu"),
    answer=answer,
    needs=("traffic.routes", "containers.tasks", "scaling.service", "scaling.group"),
)
