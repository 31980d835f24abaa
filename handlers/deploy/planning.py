"""A deployment's steps as data: forward as the runbook has them, and the way back.

Before: `handlers.deploy` has decided onto which colour. After: the journal; the code of each step
is found by its name in handlers.deploy.steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.deploying import Onto, Schema, shares
from bot.domain.plan import Call, StepSpec
from bot.domain.rollback import wanted_weights
from bot.engine.saving import LATER, snapshot_call
from bot.engine.switching import switch_step, weights_text
from bot.engine.world import World
from bot.topology import Deployable, Deploying, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is deployed and how. `image` is the release's in the registry; `canary` the percents
    of traffic, the last of which is 100.
    """

    service: Service
    deployable: Deployable
    onto: Onto
    version: str
    image: str
    schema: Schema | None
    canary: tuple[int, ...]
    via: str
    all_flows: bool
    deploying: Deploying

    @property
    def args(self) -> Mapping[str, Any]:
        """What every step is given: names only, for states are read when they are needed."""
        return {
            "service": self.service.key,
            "live": str(self.onto.live),
            "idle": str(self.onto.idle),
            "version": self.version,
            "image": self.image,
            "template": self.onto.live_tasks.task_definition,
            "old_version": self.onto.live_tasks.version,
            "reversible": self.schema is not Schema.IRREVERSIBLE,
            "routes": [route.arn for route in self.onto.routes],
        }


def steps_of(world: World, order: Order) -> tuple[StepSpec, ...]:
    """All of them, the way back last."""
    build = _by_workflow if order.via == "github" else _by_ourselves
    return (
        _step(order, "guard", f"Make sure {order.onto.live} serves and {order.onto.idle} is idle"),
        *_backup(order),
        *build(world, order),
        _watch(order, "watch", order.deploying.watch_minutes, "after all traffic has moved"),
        _step(order, "validate", "Check error logs, database connections and queue depth"),
        _watch(order, "monitor", order.deploying.monitor_minutes, "in all"),
        _step(
            order,
            "finish",
            f"Go through the checklist; {order.onto.live} stays warm for "
            f"{order.deploying.warm_hours:g} h and is scaled in to "
            f"{order.deploying.warm_tasks} tasks then",
        ),
        *_way_back(world, order),
    )


def _step(
    order: Order, name: str, title: str, *calls: Call, back: bool = False, **more: Any
) -> StepSpec:
    return StepSpec(
        name=f"deploy.{name}",
        title=title,
        args={**order.args, **more},
        calls=calls,
        back=back,
    )


def _backup(order: Order) -> Iterator[StepSpec]:
    database = order.service.database
    if database is None:
        return
    hours = order.deploying.backup_hours
    yield _step(
        order,
        "backup",
        f"Back {database} up, unless a snapshot of the last {hours:g} h is there",
        snapshot_call(database),
        database=database,
    )


def _by_ourselves(world: World, order: Order) -> Iterator[StepSpec]:
    idle = order.onto.idle
    yield from _migrate(world, order)
    register = Call(
        service="ecs",
        action="register_task_definition",
        parameters={"like": order.args["template"], "image": order.image},
    )
    yield _step(order, "register", f"Register a revision with {order.version}", register)
    action, parameters = world.aws.rollers.update_call(
        order.service, idle, revision=LATER, desired=None
    )
    count = f"that of {order.onto.live}, where it is higher"
    update = Call(service="ecs", action=action, parameters={**parameters, "desiredCount": count})
    yield _step(order, "update", f"Have {idle} run it, as many tasks as {order.onto.live}", update)
    yield _step(order, "rollout", f"Wait until ECS has rolled it out on {idle}")
    yield _step(order, "targets", f"Wait until {idle}'s targets are healthy")
    yield _step(
        order,
        "smoke",
        f"Try the release on {idle} alone: version, health, "
        f"{'all flows' if order.all_flows else 'critical flows'}",
        flows=_flows(order),
    )
    yield from _traffic(world, order)


def _migrate(world: World, order: Order) -> Iterator[StepSpec]:
    migration = order.deployable.migration
    if migration is None or order.schema is Schema.NONE:
        return
    action, parameters = world.aws.errands.start_call(order.service, order.onto.live, LATER)
    yield _step(
        order,
        "migrate",
        f"Migrate the schema: {' '.join(migration.command)}",
        Call(service="ecs", action=action, parameters=parameters),
        seconds=migration.seconds,
    )


def _flows(order: Order) -> list[str]:
    """Names of the flows to try; those that cost something only when asked for."""
    service = order.service
    flows = service.critical_flows if order.all_flows else service.cheap_flows
    return [flow.name for flow in flows]


def _traffic(world: World, order: Order) -> Iterator[StepSpec]:
    """Each share on each route, and a watch between two shares."""
    before = {route.arn: route.weights for route in order.onto.routes}
    for percent in order.canary:
        after = shares(order.onto, percent)
        for route in order.onto.routes:
            yield switch_step(
                world,
                order.service,
                route,
                name="deploy.traffic",
                title=f"Send {percent} % of {route.label} to {order.onto.idle}",
                before=before[route.arn],
                after=after,
                more=order.args,
            )
            before[route.arn] = after
        if percent < 100:
            minutes = order.deploying.step_minutes
            yield _watch(order, "observe", minutes, f"with {percent} % of the traffic", percent)


def _watch(order: Order, name: str, minutes: int, when: str, percent: int = 100) -> StepSpec:
    return StepSpec(
        name=f"deploy.{name}",
        title=f"Watch {minutes} closed minutes {when}",
        args={
            **order.args,
            "minutes": minutes,
            "weights": {str(c): w for c, w in shares(order.onto, percent).items()},
        },
        promotable=True,
    )


def _by_workflow(world: World, order: Order) -> Iterator[StepSpec]:
    source = order.deployable.github
    if source is None:
        return
    inputs = source.to_deploy(version=order.version, service=order.service.key, run=LATER)
    call = Call(
        service="github",
        action="create_workflow_dispatch",
        parameters={"workflow": source.workflow, "ref": source.ref, "inputs": dict(inputs)},
    )
    yield _step(
        order, "dispatch", f"Start {source.workflow} in {source.repository}", call, action="deploy"
    )
    yield _step(order, "follow", "Follow the workflow to its end", seconds=source.seconds)
    yield _step(order, "landed", f"See that {order.version} has all the traffic")


def _way_back(world: World, order: Order) -> Iterator[StepSpec]:
    """Traffic first, whatever the weights are by then; then what else there is to say."""
    live, full = order.onto.live, wanted_weights(order.onto.live)
    for route in order.onto.routes:
        yield switch_step(
            world,
            order.service,
            route,
            name="deploy.back",
            title=f"Put {route.label} back to {weights_text(full)}",
            before=None,
            after=full,
            back=True,
            more={**order.args, "colour": str(live)},
        )
    yield _step(order, "settle", f"See that {live} serves, and freeze deployments", back=True)
