"""Read replicas (runbook, *Read Replica Scaling*): one more, or one of ours fewer.

Before: the words. After: the journal; the steps' code is in handlers.scale.database_steps.
"""

from __future__ import annotations

import asyncio
import re

from bot.domain.instance import REPLICA_TAG, Instance
from bot.domain.live import Missing
from bot.domain.plan import Call, Change, Plan, StepSpec
from bot.domain.reasons import Reason
from bot.engine.look import part
from bot.engine.world import World
from bot.errors import Refused, UserError
from bot.topology import Database
from handlers.scale.database import instance_of, ready
from handlers.scale.order import USAGE

_NAME = re.compile(r"[a-z](?!.*--)[a-z0-9-]{0,61}[a-z0-9]")
"""RDS' rule for identifiers."""


async def plan_add(world: World, database: Database, name: str) -> Plan:
    """In a zone that has none yet. Raises Refused when the source is busy, UserError for a name
    RDS would not take.
    """
    source = await instance_of(world, database.key)
    ready(source)
    replicas = await _replicas(world, source)
    made = name or _next(source)
    if _NAME.fullmatch(made) is None:
        raise UserError(f"RDS takes no name like {made[:60]!r}.", hint=USAGE)
    if made in source.replicas:
        raise Refused(
            f"{made} is a replica of {source.id} already.",
            code=Reason.NOTHING_TO_DO,
            hint=f"/filmops scale {source.id} replica add",
        )
    zone = _zone(source, replicas)
    call = world.aws.instances.replicate_call(
        source.id, made, instance_class=source.instance_class, zone=zone
    )
    args = {
        "database": source.id,
        "replica": made,
        "class": source.instance_class,
        "zone": zone,
    }
    return Plan(
        operation="scale",
        resource=database.resource,
        summary=f"Add the read replica {made} of {source.id}: {source.instance_class} in "
        f"{zone or 'a zone AWS chooses'}.",
        steps=(
            StepSpec(
                name="scale.replica",
                title=f"Have RDS make {made}",
                args=args,
                calls=(Call(service="rds", action=call[0], parameters=call[1]),),
            ),
            StepSpec(name="scale.lag", title="Wait until it follows closely", args=args),
        ),
        changes=(_change(source, (*source.replicas, made)),),
        facts=_facts(source),
        evidence=tuple(_line(replica) for replica in replicas),
        offers=(f"The application reads from {made} only after a deployment that names it.",),
    )


async def plan_remove(world: World, database: Database, name: str) -> Plan:
    """One that carries our tag. Raises Refused when there is none such, or which is not clear."""
    source = await instance_of(world, database.key)
    found = _chosen(source, await _replicas(world, source), name)
    action, parameters = world.aws.instances.remove_call(found.id)
    call = Call(service="rds", action=action, parameters=parameters)
    uses = await part(world.aws.databases.state(Database(key=found.id, title=database.title)))
    reads = uses if isinstance(uses, Missing) else uses.connections
    args = {"database": source.id, "replica": found.id}
    left = tuple(each for each in source.replicas if each != found.id)
    return Plan(
        operation="scale",
        resource=database.resource,
        summary=f"Remove the read replica {found.id} of {source.id}. It cannot be had back; who "
        "reads from it fails.",
        steps=(
            StepSpec(name="scale.remove", title=f"Delete {found.id}", args=args, calls=(call,)),
            StepSpec(name="scale.gone", title="Wait until it is gone", args=args),
        ),
        changes=(_change(source, left),),
        facts=_facts(source),
        evidence=(_line(found), f"connections to {found.id}: {_told(reads)}"),
        more_approvals=(f"{found.id} is deleted for good",),
    )


async def _replicas(world: World, source: Instance) -> tuple[Instance, ...]:
    """Raises what a port raises: which there are must be known."""
    found = await asyncio.gather(*(world.aws.instances.find(each) for each in source.replicas))
    return tuple(each for each in found if each is not None)


def _next(source: Instance) -> str:
    """The runbook's name with the first free number."""
    number = 1
    while f"{source.id}-read-replica-{number}" in source.replicas:
        number += 1
    return f"{source.id}-read-replica-{number}"


def _zone(source: Instance, replicas: tuple[Instance, ...]) -> str | None:
    """The zone with the fewest of them, the source included; None when none is known."""
    taken = [source.zone, *(replica.zone for replica in replicas)]
    return min(source.zones, key=lambda zone: (taken.count(zone), zone), default=None)


def _chosen(source: Instance, replicas: tuple[Instance, ...], name: str) -> Instance:
    hint = f"/filmops scale {source.id} replica remove NAME"
    if name and name not in source.replicas:
        raise Refused(
            f"{source.id} has no replica {name[:60]}. It has: "
            f"{', '.join(source.replicas) or 'none'}.",
            code=Reason.NOTHING_TO_DO,
            hint=hint,
        )
    ours = [each for each in replicas if REPLICA_TAG in each.tags.items()]
    wanted = [each for each in ours if name in ("", each.id)]
    if not wanted:
        tag = "=".join(REPLICA_TAG)
        raise Refused(
            f"{f'{name} does not carry' if name else f'No replica of {source.id} carries'} the "
            f"tag {tag}: FilmOps removes only what it has made.",
            code=Reason.NOT_OURS,
            hint=f"Remove it by hand, or tag it {tag} in AWS first.",
        )
    if len(wanted) > 1:
        named = ", ".join(each.id for each in wanted)
        raise Refused(f"Which one? {named}", code=Reason.BAD_WORDS, hint=hint)
    if wanted[0].status == "deleting":
        raise Refused(
            f"{wanted[0].id} is being deleted already.",
            code=Reason.NOTHING_TO_DO,
            hint="/filmops status",
        )
    return wanted[0]


def _change(source: Instance, after: tuple[str, ...]) -> Change:
    return Change(
        subject=f"replicas of {source.id}",
        before=", ".join(source.replicas) or "none",
        after=", ".join(sorted(after)) or "none",
    )


def _facts(source: Instance) -> dict[str, str]:
    return {"class": source.instance_class, "replicas": ", ".join(source.replicas) or "none"}


def _line(replica: Instance) -> str:
    lag = replica.replica_lag_seconds
    behind = f"{lag:g} s behind" if isinstance(lag, int | float) else f"lag {_told(lag)}"
    return f"{replica.id}: {replica.instance_class} in {replica.zone}, {replica.status}, {behind}"


def _told(number: float | Missing | None) -> str:
    if isinstance(number, Missing):
        return f"unknown ({number.reason})"
    return "unknown" if number is None else f"{number:g}"
