"""`/filmops status [SERVICE]`: what production looks like now (runbook, *Monitoring*).

Every part is read at once, each within four seconds; what is slow or refused is shown as missing
and hides nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from pydantic import Field

from blocks.status import status
from bot.domain.incident import Incident
from bot.domain.live import (
    DatabaseState,
    GroupState,
    Missing,
    OpenIncident,
    QueueState,
    ServiceState,
)
from bot.domain.lock import Lock
from bot.domain.message import Message
from bot.domain.request import Request
from bot.domain.run import Run
from bot.domain.view import StatusView
from bot.engine.incident_view import not_ours
from bot.engine.look import NEEDS as LOOK
from bot.engine.look import look, part
from bot.engine.operation import Context, Operation, Params
from bot.topology import Risk, Service

T = TypeVar("T")


class StatusParams(Params):
    """One service, or all of them."""

    service: str | None = Field(default=None, json_schema_extra={"names": "services"})


async def answer(context: Context, params: StatusParams) -> Message:
    """Read everything that belongs to it and show it."""
    return status(await read(context, params.service), context.topology)


async def read(context: Context, only: str | None) -> StatusView:
    """The view: of one service with its database, queue and workers, or of everything."""
    topology = context.topology
    services = [s for s in topology.services.values() if only in (None, s.key)]
    live, own = await asyncio.gather(_live(context, services, only), _own(context))
    states, databases, queues, groups = live
    runs, waiting, locks, incidents, ours = own
    resource = topology.services[only].resource if only is not None else None
    return StatusView(
        services=tuple(zip(services, states, strict=True)),
        databases=databases,
        queues=queues,
        groups=groups,
        runs=_about(runs, lambda run: resource in (None, run.resource)),
        waiting=_about(waiting, lambda request: resource in (None, request.plan.resource)),
        locks=_about(locks, lambda lock: resource is None or lock.covers(resource)),
        incidents=_alone(incidents, ours),
        ours=_about(ours, lambda incident: only in (None, incident.service)),
        read_at=context.now,
    )


async def _live(
    context: Context, services: Sequence[Service], only: str | None
) -> tuple[
    Sequence[ServiceState],
    Mapping[str, DatabaseState | Missing],
    Mapping[str, QueueState | Missing],
    Mapping[str, GroupState | Missing],
]:
    """AWS's parts; with `only`, those its services name."""
    topology, world = context.topology, context.world
    near_databases = {service.database for service in services}
    near_queues = {service.queue for service in services}
    databases = [d for d in topology.databases.values() if not only or d.key in near_databases]
    queues = [q for q in topology.queues.values() if not only or q.key in near_queues]
    groups = [g for g in topology.groups.values() if not only or g.queue in near_queues]
    return await asyncio.gather(
        asyncio.gather(*(look(world, service, context.now) for service in services)),
        _parts({d.key: world.aws.databases.state(d) for d in databases}),
        _parts({q.key: world.aws.queues.state(q) for q in queues}),
        _parts({g.key: world.aws.groups.state(g) for g in groups}),
    )


async def _own(
    context: Context,
) -> tuple[
    tuple[Run, ...] | Missing,
    tuple[Request, ...] | Missing,
    tuple[Lock, ...] | Missing,
    tuple[OpenIncident, ...] | Missing,
    tuple[Incident, ...] | Missing,
]:
    """The bot's own parts and PagerDuty's."""
    store = context.world.store
    return await asyncio.gather(
        part(store.runs.open()),
        part(store.requests.waiting()),
        part(store.locks.held(context.now)),
        part(context.world.pager.incidents()),
        part(store.incidents.unresolved()),
    )


def _alone(
    there: tuple[OpenIncident, ...] | Missing, ours: tuple[Incident, ...] | Missing
) -> tuple[OpenIncident, ...] | Missing:
    """What PagerDuty has besides our pages."""
    if isinstance(there, Missing) or isinstance(ours, Missing):
        return there
    return not_ours(there, ours)


async def _parts(reads: Mapping[str, Awaitable[T]]) -> Mapping[str, T | Missing]:
    states = await asyncio.gather(*(part(read) for read in reads.values()))
    return dict(zip(reads, states, strict=True))


def _about(items: tuple[T, ...] | Missing, wanted: Callable[[T], bool]) -> tuple[T, ...] | Missing:
    return items if isinstance(items, Missing) else tuple(filter(wanted, items))


OPERATION = Operation(
    name="status",
    summary="Show what production looks like now, and what needs attention.",
    risk=Risk.READ,
    params=StatusParams,
    examples=("status", "status backend"),
    answer=answer,
    needs=(*LOOK, "databases.state", "queues.state", "groups.state"),
)
