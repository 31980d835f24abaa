"""`/filmops deploy SERVICE VERSION`: the runbook's *Standard Deployment (Blue/Green)*, whole.

The direction is the pure decision in bot.domain.deploying, the checklist bot.engine.precheck's;
what the run does is laid out in handlers.deploy.planning. `--plan` shows it all and asks nobody.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

from blocks.preview import preview as shown
from bot.domain.calendar import frozen_by
from bot.domain.deploying import Onto, Schema, decide
from bot.domain.interlock import interlock
from bot.domain.live import Missing
from bot.domain.message import Message
from bot.domain.permission import approvals_needed
from bot.domain.plan import Change, Plan
from bot.domain.reasons import Obstacle, Reason
from bot.domain.release import Image
from bot.domain.view import Outlook
from bot.engine.dispatch import in_the_way
from bot.engine.look import NEEDS as LOOK
from bot.engine.look import look, part
from bot.engine.naming import suggest
from bot.engine.operation import Context, Operation
from bot.engine.precheck import NEEDS as PRECHECK
from bot.engine.precheck import Release, precheck
from bot.engine.switching import weights_text
from bot.engine.workflow import require_workflow
from bot.errors import Refused, UserError
from bot.topology import Deployable, Risk, Service
from handlers.deploy.evidence import evidence, warnings
from handlers.deploy.params import DeployParams, check
from handlers.deploy.planning import Order, steps_of
from handlers.deploy.steps import STEPS


async def plan(context: Context, params: DeployParams) -> Plan:
    """What the deployment would do now. Raises Refused when it could not begin at all, UserError
    for a version nobody knows; what else is in the way is the plan's `obstacles`.
    """
    service = context.topology.services[params.service]
    check(params, context.now)
    deployable = _deployable(context, service, params.via)
    begin = max(params.at or context.now, context.now)
    state, image = await asyncio.gather(
        look(context.world, service, context.now),
        part(context.world.aws.images.find(service, params.version)),
    )
    onto = decide(service, state, params.version)
    if image is None:
        await _unknown_version(context, service, params.version)
    release = Release(
        service=service,
        deployable=deployable,
        version=params.version,
        image=image,
        schema=params.schema_,
    )
    checklist = await precheck(context.world, release, onto, context.now)
    locked = interlock(await context.world.store.incidents.unresolved(), service.key)
    order = _order(context, release, params, onto)
    return Plan(
        operation="deploy",
        resource=service.resource,
        summary=f"Deploy {params.version} of {service.title} onto {onto.idle}, while "
        f"{onto.live} ({onto.live_tasks.version}) serves; then {_how(params)} and watch.",
        steps=steps_of(context.world, order),
        changes=_changes(onto, params.version),
        facts=_facts(onto, image),
        evidence=evidence(onto, state, context.topology.metrics.period_seconds),
        warnings=warnings(onto, params.schema_),
        offers=(),
        checks=checklist.checks,
        boxes=checklist.boxes,
        obstacles=(*_calendar(context, service, begin), *locked.obstacles, *checklist.obstacles),
        more_approvals=(*locked.more_approvals, *_caution(params)),
        start_at=params.at,
        start_by=None if params.at is None else params.at + params.window,
    )


async def preview(context: Context, params: DeployParams) -> Message | None:
    """With `--plan`: the plan and what is in its way, and nobody is asked."""
    if not params.plan_:
        return None
    made = await plan(context, params)
    rule = context.topology.risks[Risk.CHANGE]
    obstacles = await in_the_way(context.world, OPERATION, made, context.asking)
    return shown(
        made,
        Outlook(
            summary=made.summary,
            needed=approvals_needed(made, rule),
            approvers=rule.approve,
            obstacles=obstacles,
        ),
    )


def _deployable(context: Context, service: Service, via: str) -> Deployable:
    if service.deploy is None:
        raise Refused(
            f"filmops.toml does not say how {service.title} is deployed.",
            code=Reason.NOT_DEPLOYABLE,
            hint=f"A maintainer adds [services.{service.key}.deploy].",
        )
    if via == "github":
        require_workflow(context.world, service)
    return service.deploy


async def _unknown_version(context: Context, service: Service, version: str) -> None:
    """A mistyped version is a mistake to correct; one that is near nothing is a missing image."""
    known = await part(context.world.aws.images.newest(service))
    tags = [] if isinstance(known, Missing) else [image.tag for image in known]
    close = suggest(version, tags)
    if close is not None and version not in tags:
        raise UserError(
            f"There is no {version} of {service.title} in the registry. Did you mean {close}?",
            hint=f"/filmops deploy {service.key} {close}",
        )


def _order(context: Context, release: Release, params: DeployParams, onto: Onto) -> Order:
    return Order(
        service=release.service,
        deployable=release.deployable,
        onto=onto,
        version=release.version,
        image=release.image.uri if isinstance(release.image, Image) else "",
        schema=release.schema,
        canary=context.topology.deploy.canary if params.canary else (100,),
        via=params.via,
        all_flows=params.all_flows,
        deploying=context.topology.deploy,
    )


def _calendar(context: Context, service: Service, begin: datetime) -> tuple[Obstacle, ...]:
    topology = context.topology
    zone = ZoneInfo(topology.studio.timezone)
    frozen = frozen_by(topology.freezes, service.key, begin, zone)
    return () if frozen is None else (frozen,)


def _how(params: DeployParams) -> str:
    if params.via == "github":
        return "have the workflow move traffic"
    return f"move traffic {'step by step' if params.canary else 'at once'}"


def _caution(params: DeployParams) -> tuple[str, ...]:
    if params.schema_ is Schema.IRREVERSIBLE:
        return ("The schema cannot be gone back to: one more person looks at it.",)
    return ()


def _changes(onto: Onto, version: str) -> tuple[Change, ...]:
    full = {onto.idle: 100, onto.live: 0}
    moved = (
        Change(subject=route.label, before=weights_text(route.weights), after=weights_text(full))
        for route in onto.routes
    )
    return (
        Change(subject=f"{onto.idle}'s release", before=onto.idle_tasks.version, after=version),
        *moved,
    )


def _facts(onto: Onto, image: Image | Missing | None) -> dict[str, str]:
    """What the decision rests on. Counts move by themselves and are left out: autoscaling's are
    kept as it sets them.
    """
    return {
        **{f"traffic of {r.label}": weights_text(r.weights) for r in onto.routes},
        f"{onto.live} revision": onto.live_tasks.task_definition,
        f"{onto.live} image": onto.live_tasks.image,
        f"{onto.idle} revision": onto.idle_tasks.task_definition,
        "the release's image": image.digest if isinstance(image, Image) else "unknown",
    }


OPERATION = Operation(
    name="deploy",
    summary="Deploy a version: checklist, idle colour, traffic, watch, change log.",
    risk=Risk.CHANGE,
    params=DeployParams,
    examples=(
        "deploy backend v1.4.3",
        "deploy backend v1.4.3 --canary --schema reversible",
        "deploy backend v1.4.3 --at 22:00 --window 2h premiere fixes",
        "deploy backend v1.4.3 --plan",
    ),
    plan=plan,
    preview=preview,
    steps=STEPS,
    needs=(
        *LOOK,
        *PRECHECK,
        "traffic.set_weights",
        "images.newest",
        "rollers.prepared",
        "rollers.register",
        "rollers.rollouts",
        "rollers.update",
        "errands.find",
        "errands.start",
        "errands.output",
        "snapshots.take",
        "snapshots.state",
        "logs.search",
        "databases.state",
        "queues.state",
    ),
)
