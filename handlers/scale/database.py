"""A database's class (runbook, *Vertical Scaling*): in the maintenance window, or now.

Before: the words. After: the journal; the steps' code is in handlers.scale.database_steps. RDS
reads `available` long before and after: what counts is the class it says it has.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.instance import Instance
from bot.domain.maintenance_window import window_end
from bot.domain.plan import Call, Change, Plan, StepSpec
from bot.domain.reasons import Reason
from bot.engine.naming import suggest
from bot.engine.world import World
from bot.errors import Refused, UserError
from bot.topology import Database

CLASS = "DBInstanceClass"
READY = ("available", "storage-optimization")
"""What RDS changes, copies and saves (facts of AWS)."""


async def plan_resize(world: World, database: Database, wanted: str, *, now: bool) -> Plan:
    """Raises Refused when it is not there, is busy or there is nothing to do; UserError for a
    class that its engine cannot have here.
    """
    instance = await instance_of(world, database.key)
    await _known(world, database.key, wanted)
    _something_to_do(instance, wanted, now=now)
    ready(instance)
    others = {name: value for name, value in instance.pending.items() if name != CLASS}
    title = database.title or database.key
    when = "now" if now else f"in the maintenance window ({instance.maintenance_window} UTC)"
    return Plan(
        operation="scale",
        resource=database.resource,
        summary=f"Change {title} ({database.key}) from {instance.instance_class} to {wanted} "
        f"{when}.",
        steps=tuple(_steps(world, instance, wanted, now=now)),
        changes=(
            Change(subject=f"{database.key}'s class", before=instance.instance_class, after=wanted),
        ),
        facts={
            "class": instance.instance_class,
            "waiting changes": _named(instance.pending) or "none",
        },
        evidence=(f"{instance.engine}, {instance.status}, in {instance.zone}", _multi(instance)),
        warnings=tuple(_warnings(instance, others, now=now)),
        more_approvals=_caution(others, now=now),
    )


async def plan_check(world: World, database: Database, wanted: str) -> Plan:
    """Looking whether the window has done what waited for it."""
    instance = await instance_of(world, database.key)
    return Plan(
        operation="scale",
        resource=database.resource,
        summary=f"See whether {database.key} is {wanted} by now.",
        steps=(_read(database.key, wanted),),
        facts={"database": database.key},
        evidence=(f"{instance.instance_class}, waiting: {_named(instance.pending) or 'nothing'}",),
    )


async def instance_of(world: World, name: str) -> Instance:
    """Raises Refused when there is no such instance."""
    found = await world.aws.instances.find(name)
    if found is None:
        raise Refused(
            f"RDS has no database {name}.",
            code=Reason.LIVE_STATE_UNKNOWN,
            hint="Compare its name in filmops.toml with AWS: filmops check.",
        )
    return found


def ready(instance: Instance) -> None:
    """Raises Refused while RDS does something with it: it would take nothing else."""
    if instance.status not in READY:
        raise Refused(
            f"{instance.id} is {instance.status}: RDS takes no change meanwhile.",
            code=Reason.NOT_READY,
            hint="/filmops status",
        )


async def _known(world: World, name: str, wanted: str) -> None:
    classes = await world.aws.instances.classes(name)
    if wanted in classes:
        return
    family = [each for each in classes if each.rpartition(".")[0] == wanted.rpartition(".")[0]]
    close = suggest(wanted, classes)
    raise UserError(
        f"{name} cannot be {wanted[:40]!r} here." + (f" Did you mean {close}?" if close else ""),
        hint=f"Classes: {', '.join((family or list(classes))[:20])}",
    )


def _something_to_do(instance: Instance, wanted: str, *, now: bool) -> None:
    waiting = instance.pending.get(CLASS)
    if waiting == wanted and not now:
        raise Refused(
            f"{instance.id} waits for its maintenance window already, to be {wanted}.",
            code=Reason.NOTHING_TO_DO,
            hint=f"/filmops scale {instance.id} {wanted} --when now",
        )
    if instance.instance_class == wanted and waiting is None:
        raise Refused(
            f"{instance.id} is {wanted} already.", code=Reason.NOTHING_TO_DO, hint="/filmops status"
        )


def _steps(world: World, instance: Instance, wanted: str, *, now: bool) -> Iterator[StepSpec]:
    action, parameters = world.aws.instances.resize_call(instance.id, wanted, now=now)
    when = "now" if now else "in the maintenance window"
    yield StepSpec(
        name="scale.resize",
        title=f"Have RDS change the class {when}",
        args={
            "database": instance.id,
            "class": wanted,
            "before": instance.instance_class,
            "now": now,
        },
        calls=(Call(service="rds", action=action, parameters=parameters),),
    )
    if now:
        yield _read(instance.id, wanted)
        return
    end = window_end(instance.maintenance_window, world.clock.now())
    yield StepSpec(
        name="scale.check",
        title=f"Have it looked at after the window, {end:%a %H:%M} UTC",
        args={"database": instance.id, "class": wanted},
    )


def _read(name: str, wanted: str) -> StepSpec:
    return StepSpec(
        name="scale.class",
        title=f"Wait until {name} reads as {wanted}",
        args={"database": name, "class": wanted},
    )


def _warnings(instance: Instance, others: dict[str, str], *, now: bool) -> Iterator[str]:
    if now:
        outage = "a failover" if instance.network.multi_az else "until it is up again"
        yield f"OUTAGE: connections are cut when the class changes ({outage}, minutes)."
        if others:
            yield f"Applied along with it, because they wait: {_named(others)}."
    else:
        yield (
            f"Connections are cut in the window, {instance.maintenance_window} UTC. "
            f"What waits besides is applied there, too: {_named(others) or 'nothing'}."
        )


def _caution(others: dict[str, str], *, now: bool) -> tuple[str, ...]:
    if not now:
        return ()
    along = f", and applies what waits: {_named(others)}" if others else ""
    return (f"--when now is an outage{along}",)


def _named(changes: object) -> str:
    values = changes if isinstance(changes, dict) else {}
    return ", ".join(f"{name} {value}" for name, value in sorted(values.items()))


def _multi(instance: Instance) -> str:
    return "two zones" if instance.network.multi_az else "one zone: no standby to fail over to"
