"""Looking at each line of the pre-deployment checklist that a system knows, all at once.

Runbook, *Pre-Deployment Checklist*, *Verify Staging Environment*. Before: `handlers/deploy` knows
onto which colour. After: `bot.domain.gatekeeping` says what is in the way. Each line is read by
itself: one that cannot be read is UNKNOWN with the reason, and hides no other.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.checklist import Box, Check, Found
from bot.domain.deploying import Onto, Schema, readiness
from bot.domain.duration import in_words
from bot.domain.gatekeeping import Checklist, Gate, box
from bot.domain.live import Missing, ServiceState, Targets, Tasks
from bot.domain.reasons import Reason
from bot.domain.release import Image
from bot.domain.rollback import serving
from bot.domain.roster import reachable
from bot.engine.code_evidence import code_lines
from bot.engine.look import PART_SECONDS, look, part
from bot.engine.trying import wrong_with
from bot.engine.world import World
from bot.topology import Deployable, Service

NEEDS = ("images.find", "rollers.revision", "rollers.room", "databases.snapshots")
"""What the checklist asks of AWS besides looks."""

LONGER = PART_SECONDS * 2
"""A product that is asked several times takes longer than one call of AWS. All of a plan must be
done within the lease of the delivery that asked for it: bot.engine.desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What is to be deployed: `image` as it was read, None when the registry has none."""

    service: Service
    deployable: Deployable
    version: str
    image: Image | Missing | None
    schema: Schema | None


async def precheck(world: World, release: Release, onto: Onto, now: datetime) -> Checklist:
    """Every line of a release that goes onto that colour."""
    service, deployable = release.service, release.deployable
    version, schema = release.version, release.schema
    code, staging, backup, on_call, room, back = await asyncio.gather(
        code_lines(world, deployable, version),
        _staging(world, deployable, version, now),
        _backup(world, service, now),
        _on_call(world),
        _room(world, service, onto),
        _way_back(world, release, onto),
    )
    code_gates, code_boxes = code
    staging_gates, staging_boxes = staging
    gates = (
        *code_gates,
        _image(release),
        *staging_gates,
        *backup,
        on_call,
        room,
        *back,
    )
    boxes = [*code_boxes, *staging_boxes, *(box(title) for title in deployable.boxes)]
    if schema is None and deployable.migration is not None:
        boxes.append(
            Box(key="schema-reversible", title="The old release runs on the migrated schema")
        )
    # A line that the topology names and that is asked for anyway is one box.
    return Checklist(gates=gates, boxes=tuple({one.key: one for one in boxes}.values()))


def _image(release: Release) -> Gate:
    title, image = "The image exists", release.image
    where = f"{release.deployable.repository}:{release.version}"
    if isinstance(image, Missing):
        check = Check(title=title, found=Found.UNKNOWN, said=f"{where}: {image.reason}")
    elif image is None:
        check = Check(title=title, found=Found.FAILED, said=f"{where} is not in the registry")
    else:
        pushed = f"{image.pushed_at:%Y-%m-%d %H:%M} UTC"
        check = Check(title=title, found=Found.OK, said=f"{where}, pushed {pushed}")
    return Gate(check=check, code=Reason.IMAGE_MISSING, unblock="/filmops releases")


async def _staging(
    world: World, deployable: Deployable, version: str, now: datetime
) -> tuple[tuple[Gate, ...], tuple[Box, ...]]:
    if deployable.staging is None:
        return (), (box("Verified outside production"),)
    staging = world.topology.services[deployable.staging]
    state, migrated = await asyncio.gather(
        look(world, staging, now), part(_migrated(world, staging, version))
    )
    gates = [_runs_in_staging(staging, state, version)]
    if gates[0].check.found is Found.OK:
        gates.append(await _works_in_staging(world, staging, version))
    if deployable.migration is None:
        return tuple(gates), ()
    title = "Database migrations tested in staging"
    if isinstance(migrated, str):
        check = Check(title=title, found=Found.OK, said=migrated)
        return (*gates, _staging_gate(check, staging, version)), ()
    # Staging may be deployed by other means: then a person knows.
    return tuple(gates), (box(title),)


async def _migrated(world: World, staging: Service, version: str) -> str | None:
    """By which run FilmOps itself brought this version to staging; None when it has not."""
    changes = await world.store.runs.changes(resource=staging.resource, limit=50)
    for change in changes:
        told = change.detail
        if (told.get("version"), told.get("outcome")) == (version, "deployed"):
            return f"{version} came to {staging.key} by R{change.run} on {change.at:%Y-%m-%d}"
    return None


def _staging_gate(check: Check, staging: Service, version: str) -> Gate:
    unblock = f"/filmops deploy {staging.key} {version}"
    return Gate(check=check, code=Reason.STAGING_NOT_WELL, unblock=unblock)


def _runs_in_staging(staging: Service, state: ServiceState, version: str) -> Gate:
    title = f"{staging.title} runs it, steady and healthy"

    def gate(found: Found, said: str) -> Gate:
        return _staging_gate(Check(title=title, found=found, said=said), staging, version)

    if isinstance(state.routes, Missing):
        return gate(Found.UNKNOWN, state.routes.reason)
    live = serving(state.routes)
    if live is None:
        return gate(Found.FAILED, "its traffic is on both colours")
    half = state.colours[live]
    if isinstance(half.tasks, Missing):
        return gate(Found.UNKNOWN, half.tasks.reason)
    if isinstance(half.targets, Missing):
        return gate(Found.UNKNOWN, half.targets.reason)
    wrong = _unsteady(half.tasks, half.targets, version)
    return gate(Found.FAILED, wrong) if wrong else gate(Found.OK, f"{version} on {live}")


def _unsteady(tasks: Tasks, targets: Targets, version: str) -> str:
    if tasks.version != version:
        return f"it runs {tasks.version}"
    if tasks.running != tasks.desired or not tasks.running:
        return f"{tasks.running} of {tasks.desired} tasks run"
    if len(tasks.deployments) > 1 or any(d.rollout != "COMPLETED" for d in tasks.deployments):
        return "ECS is still deploying"
    if targets.unhealthy or not targets.healthy:
        return f"{targets.healthy} of {targets.total} targets are healthy"
    return ""


async def _works_in_staging(world: World, staging: Service, version: str) -> Gate:
    title = f"{staging.title}: health and critical flows"
    wrong = await part(wrong_with(world, staging, version, flows=staging.cheap_flows), LONGER)
    if isinstance(wrong, Missing):
        check = Check(title=title, found=Found.UNKNOWN, said=wrong.reason)
    else:
        found = Found.FAILED if wrong else Found.OK
        check = Check(title=title, found=found, said=wrong or "all work")
    return _staging_gate(check, staging, version)


async def _backup(world: World, service: Service, now: datetime) -> tuple[Gate, ...]:
    """A backup that is not there is made by the run: only not knowing is in the way."""
    if service.database is None:
        return ()
    title, hours = "Backup created", world.topology.deploy.backup_hours
    read = await part(world.aws.databases.snapshots(world.topology.databases[service.database]))
    if isinstance(read, Missing):
        check = Check(title=title, found=Found.UNKNOWN, said=read.reason)
    elif read and now - read[0].created_at <= timedelta(hours=hours):
        age = in_words(now - read[0].created_at)
        check = Check(title=title, found=Found.OK, said=f"{read[0].id}, {age} old")
    else:
        check = Check(
            title=title, found=Found.OK, said=f"none of the last {hours:g} h: one is made"
        )
    return (Gate(check=check, code=Reason.UNVERIFIED, unblock="/filmops status"),)


async def _on_call(world: World) -> Gate:
    title, known = "On-call engineer available", await world.roster.look()
    if isinstance(known, Missing):
        check = Check(title=title, found=Found.UNKNOWN, said=known.reason)
    elif 1 not in known.levels:
        check = Check(title=title, found=Found.UNKNOWN, said="PagerDuty does not tell of level 1")
    else:
        names = ", ".join(person.name for person in reachable(known.levels[1]))
        check = Check(
            title=title,
            found=Found.OK if names else Found.FAILED,
            said=f"{names} on level 1" if names else "nobody is on call on level 1",
        )
    return Gate(check=check, code=Reason.NOBODY_ON_CALL, unblock="/filmops oncall")


async def _room(world: World, service: Service, onto: Onto) -> Gate:
    title = "Capacity for both colours"
    more = max(0, onto.live_tasks.desired - onto.idle_tasks.running)
    read = await part(world.aws.rollers.room(service, onto.idle))
    if isinstance(read, Missing):
        check = Check(title=title, found=Found.UNKNOWN, said=read.reason)
    elif read is None:
        check = Check(title=title, found=Found.OK, said="its tasks take no addresses of their own")
    else:
        # While ECS replaces tasks, old and new ones stand side by side.
        wanted = more + onto.idle_tasks.running
        check = Check(
            title=title,
            found=Found.OK if read >= wanted else Found.FAILED,
            said=f"{read} free addresses in {onto.idle}'s subnets, {wanted} needed",
        )
    return Gate(check=check, code=Reason.NO_ROOM, unblock="Free addresses, or add a subnet.")


async def _way_back(world: World, release: Release, onto: Onto) -> tuple[Gate, ...]:
    """Rollback readiness: proven before anything moves."""
    service, container = release.service, release.deployable.container
    revision, image = await asyncio.gather(
        part(world.aws.rollers.revision(onto.live_tasks.task_definition, container=container)),
        part(world.aws.images.find(service, onto.live_tasks.version)),
    )
    checks = readiness(onto, revision, image, release.schema, world.topology.thresholds)
    unblock = f"/filmops status {service.key}"
    return tuple(Gate(check=c, code=Reason.NO_WAY_BACK, unblock=unblock) for c in checks)
