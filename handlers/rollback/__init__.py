"""`/filmops rollback`: traffic back to the other colour (runbook, *Quick Rollback*).

The plan is made from live state by the pure decision in bot.domain.rollback; the steps are in
handlers.rollback.steps. Locks and freezes do not stop it; a broken other colour does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from bot.domain.interlock import pre_approval
from bot.domain.lately import lately
from bot.domain.live import ColourState, Missing, Route, ServiceState, Snapshot, Tasks
from bot.domain.plan import Call, Change, Plan, StepSpec
from bot.domain.rollback import Direction, decide, wanted_weights
from bot.engine.kinds import ColourWord
from bot.engine.known import only_service
from bot.engine.look import NEEDS as LOOK
from bot.engine.look import look, part
from bot.engine.operation import Context, Operation, Params
from bot.engine.switching import switch_step, weights_text
from bot.engine.workflow import require_workflow
from bot.topology import Colour, Risk, Service
from handlers.rollback.steps import STEPS


class RollbackParams(Params):
    """Which service, which way (the other colour if not said), who moves the traffic, and why."""

    service: str | None = Field(default=None, json_schema_extra={"names": "services"})
    to: ColourWord | None = Field(default=None, json_schema_extra={"option": True})
    via: Literal["filmops", "github"] = Field(default="filmops", json_schema_extra={"option": True})
    reason: str = Field(default="", max_length=500, json_schema_extra={"rest": True})


async def plan(context: Context, params: RollbackParams) -> Plan:
    """What a rollback would do now. Raises Refused when it must not, UserError never."""
    topology = context.topology
    service = topology.services[only_service(topology, params.service)]
    state = await look(context.world, service, context.now)
    direction = decide(service, state, topology.thresholds, to=params.to)
    steps = _steps(context, service, direction, via=params.via)
    return Plan(
        operation="rollback",
        resource=service.resource,
        summary=f"Move all traffic of {service.title} from {direction.live} "
        f"({_version(direction.live_tasks)}) back to {direction.target} "
        f"({direction.target_tasks.version}).",
        steps=steps,
        changes=tuple(
            Change(
                subject=route.label,
                before=weights_text(route.weights),
                after=weights_text(wanted_weights(direction.target)),
            )
            for route in direction.routes
        ),
        facts=_facts(direction, state),
        evidence=_evidence(state, direction, topology.metrics.period_seconds),
        warnings=_warnings(direction),
        offers=await _offers(context, service),
        pre_approved=pre_approval(
            await context.world.store.incidents.unresolved(), service.key, context.asking.actor
        ),
    )


def _steps(
    context: Context, service: Service, direction: Direction, *, via: str
) -> tuple[StepSpec, ...]:
    target = direction.target
    moves = (
        _by_workflow(context, service, direction)
        if via == "github"
        else tuple(_switch(context, service, route, target) for route in direction.routes)
    )
    common = {"service": service.key, "colour": str(target)}
    rollback = context.topology.rollback
    return (
        StepSpec(name="rollback.guard", title=f"Make sure {target} can serve", args=common),
        *moves,
        StepSpec(name="rollback.targets", title=f"Check {target}'s targets", args=common),
        StepSpec(
            name="rollback.probe",
            title=f"Ask {service.version_path} and {service.health_path}",
            args={**common, "version": direction.target_tasks.version},
        ),
        StepSpec(
            name="rollback.watch",
            title=f"Watch errors and p95 for {rollback.watch_minutes} closed "
            f"minute{'s' if rollback.watch_minutes > 1 else ''}",
            args={
                **common,
                "minutes": rollback.watch_minutes,
                "give_up_seconds": rollback.give_up_seconds,
            },
        ),
    )


def _by_workflow(context: Context, service: Service, direction: Direction) -> tuple[StepSpec, ...]:
    """The runbook's other way: *Run workflow*, "Rollback to previous version"."""
    _, source = require_workflow(context.world, service)
    target, version = direction.target, direction.target_tasks.version
    common = {"service": service.key, "colour": str(target), "version": version}
    inputs = source.to_roll_back(version=version, service=service.key, run="known when it starts")
    call = Call(
        service="github",
        action="create_workflow_dispatch",
        parameters={"workflow": source.workflow, "ref": source.ref, "inputs": dict(inputs)},
    )
    return (
        StepSpec(
            name="rollback.dispatch",
            title=f"Start {source.workflow} in {source.repository}",
            args={**common, "action": "rollback"},
            calls=(call,),
        ),
        StepSpec(name="rollback.follow", title="Follow the workflow to its end", args=common),
        StepSpec(
            name="rollback.landed", title=f"See that {target} has all the traffic", args=common
        ),
    )


def _switch(context: Context, service: Service, route: Route, target: Colour) -> StepSpec:
    return switch_step(
        context.world,
        service,
        route,
        name="rollback.switch",
        title=f"Switch {route.label} to {target}",
        before=route.weights,
        after=wanted_weights(target),
    )


def _facts(direction: Direction, state: ServiceState) -> Mapping[str, str]:
    """What the decision rests on. Counts and metrics move by themselves and are left out."""
    routes = () if isinstance(state.routes, Missing) else state.routes
    return {
        **{f"traffic of {route.label}": weights_text(route.weights) for route in routes},
        f"{direction.target} revision": direction.target_tasks.task_definition,
        f"{direction.target} image": direction.target_tasks.image,
        f"{direction.live} revision": direction.live_tasks.reason
        if isinstance(direction.live_tasks, Missing)
        else direction.live_tasks.task_definition,
    }


def _evidence(state: ServiceState, direction: Direction, period_seconds: int) -> tuple[str, ...]:
    lines = [
        _traffic_line(colour, state.colours[colour], direction, period_seconds) for colour in Colour
    ]
    for colour in Colour:
        tasks = state.colours[colour].tasks
        if isinstance(tasks, Tasks):
            lines += [
                f"{colour} deployed {deployment.created_at:%Y-%m-%d %H:%M} UTC: "
                f"{deployment.task_definition.rpartition('/')[2]} ({deployment.rollout.lower()})"
                for deployment in tasks.deployments[:2]
            ]
    return tuple(lines)


def _traffic_line(
    colour: Colour, state: ColourState, direction: Direction, period_seconds: int
) -> str:
    role = "live" if colour is direction.live else "standby"
    targets = state.targets
    health = (
        f"targets unknown ({targets.reason})"
        if isinstance(targets, Missing)
        else f"{targets.healthy}/{targets.total} targets healthy"
    )
    return f"{colour} ({role}): {health}; {lately(state.minutes, period_seconds)}"


def _warnings(direction: Direction) -> tuple[str, ...]:
    warnings: list[str] = []
    if isinstance(direction.live_tasks, Tasks) and (
        direction.live_tasks.version == direction.target_tasks.version
    ):
        warnings.append(f"Both colours run {direction.target_tasks.version}: this may not help.")
    if direction.target_tasks.running < direction.target_tasks.desired:
        warnings.append(
            f"{direction.target} runs {direction.target_tasks.running} of "
            f"{direction.target_tasks.desired} tasks."
        )
    sticky = [r for r in direction.routes if r.stickiness_seconds]
    if sticky:
        longest = max(route.stickiness_seconds or 0 for route in sticky)
        warnings.append(
            f"Stickiness is on: a browser may stay on {direction.live} for up to {longest} s."
        )
    return tuple(warnings)


async def _offers(context: Context, service: Service) -> tuple[str, ...]:
    """The runbook's rare database part (*Database Rollback*), for a person to choose."""
    if service.database is None:
        return ()
    database = context.topology.databases[service.database]
    read = await part(context.world.aws.databases.snapshots(database))
    return (
        "If a migration caused it: reverse that one, `alembic downgrade -1`, in the container.",
        f"If data was damaged: {_restore(database.key, read)}",
    )


def _restore(database: str, read: tuple[Snapshot, ...] | Missing) -> str:
    if isinstance(read, Missing):
        return f"the snapshots of {database} could not be listed ({read.reason})."
    newest = next((s for s in read if s.status == "available"), None)
    if newest is None:
        return f"there is no available snapshot of {database}."
    return (
        f"restore `{newest.id}` ({newest.created_at:%Y-%m-%d %H:%M} UTC) to a *new* instance, "
        f"`aws rds restore-db-instance-from-db-snapshot --db-instance-identifier "
        f"{database}-restored --db-snapshot-identifier {newest.id}`, with {database}'s subnet, "
        "security and parameter groups."
    )


def _version(tasks: Tasks | Missing) -> str:
    return "version unknown" if isinstance(tasks, Missing) else tasks.version


OPERATION = Operation(
    name="rollback",
    summary="Move all traffic of a service back to its other colour.",
    risk=Risk.CHANGE,
    params=RollbackParams,
    examples=("rollback backend", "rollback backend v1.4.2 logs people out", "rollback --to green"),
    plan=plan,
    steps=STEPS,
    heedless=True,
    needs=(*LOOK, "traffic.set_weights", "databases.snapshots"),
)
