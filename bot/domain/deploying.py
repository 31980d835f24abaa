"""The decision of a deployment: onto which colour a release goes, and how its traffic moves there.

Pure: live state in, direction or Refused out. `handlers/deploy` reads the state before and writes
the plan after. What is not known blocks; traffic on both colours is somebody's unfinished work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.certain import certain, steerable
from bot.domain.checklist import Check, Found
from bot.domain.live import UNTAGGED, Missing, Route, ServiceState, Targets, Tasks
from bot.domain.reasons import Reason
from bot.domain.release import Image, Revision
from bot.domain.rollback import FULL, healthy_enough, serving
from bot.errors import Refused
from bot.topology import Colour, Service, Thresholds


class Schema(StrEnum):
    """What a release does to the database's schema, as the one who asks says it."""

    REVERSIBLE = "reversible"
    IRREVERSIBLE = "irreversible"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Onto:
    """A release goes onto `idle` while `live` serves; every route of `routes` is all on `live`."""

    live: Colour
    idle: Colour
    routes: tuple[Route, ...]
    live_tasks: Tasks
    idle_tasks: Tasks
    live_targets: Targets


def decide(service: Service, state: ServiceState, version: str) -> Onto:
    """Onto which colour, or Refused with the reason code and what to do."""
    routes = steerable(service, state.routes)
    live = serving(routes)
    if live is None:
        raise Refused(
            f"Traffic of {service.title} is on both colours: somebody is in the middle of "
            "something. A deployment begins from one.",
            code=Reason.MIXED_TRAFFIC,
            hint=f"/filmops status {service.key}, then /filmops rollback {service.key} --to …",
        )
    live_half, idle_half = state.colours[live], state.colours[live.other]
    live_tasks = certain(f"{live}'s tasks", live_half.tasks)
    idle_tasks = certain(f"{live.other}'s tasks", idle_half.tasks)
    live_targets = certain(f"{live}'s target health", live_half.targets)
    if live_tasks.version == version:
        raise Refused(
            f"{service.title} runs {version} already, on {live}.",
            code=Reason.NOTHING_TO_DO,
            hint=f"/filmops status {service.key}",
        )
    return Onto(
        live=live,
        idle=live.other,
        routes=routes,
        live_tasks=live_tasks,
        idle_tasks=idle_tasks,
        live_targets=live_targets,
    )


def shares(onto: Onto, percent: int) -> Mapping[Colour, int]:
    """The weights that send so many percent to the release; the rest stays."""
    return {onto.idle: percent, onto.live: FULL - percent}


def readiness(
    onto: Onto,
    revision: Revision | Missing,
    image: Image | Missing | None,
    schema: Schema | None,
    thresholds: Thresholds,
) -> tuple[Check, ...]:
    """Whether a rollback would work, proven before anything moves: the last good revision can
    be started again, its colour serves, both groups are in every rule, and the schema lets it.

    `image` is the live version's in the registry, None when it is gone. Without `schema` a person
    answers for that line (a box).
    """
    lines = [
        _revision(onto, revision),
        _image(onto, image),
        _healthy(onto, thresholds),
        _both_groups(onto.routes, onto),
        _stickiness(onto.routes),
    ]
    return (*lines, *_schema(schema))


def _revision(onto: Onto, revision: Revision | Missing) -> Check:
    title = f"The way back: {onto.live}'s revision can be started again"
    name = onto.live_tasks.task_definition.rpartition("/")[2]
    if isinstance(revision, Missing):
        return Check(title=title, found=Found.UNKNOWN, said=f"{name}: {revision.reason}")
    found = Found.OK if revision.active else Found.FAILED
    return Check(
        title=title, found=found, said=f"{name} is {'ACTIVE' if revision.active else 'INACTIVE'}"
    )


def _image(onto: Onto, image: Image | Missing | None) -> Check:
    title = "The way back: its image can be pulled"
    version = onto.live_tasks.version
    if version == UNTAGGED:
        said = "it is named by its digest alone: give the live release a tag"
        return Check(title=title, found=Found.UNKNOWN, said=said)
    if isinstance(image, Missing):
        return Check(title=title, found=Found.UNKNOWN, said=f"{version}: {image.reason}")
    if image is None:
        return Check(title=title, found=Found.FAILED, said=f"{version} is gone from the registry")
    return Check(title=title, found=Found.OK, said=f"{version} is there ({image.digest[:19]})")


def _healthy(onto: Onto, thresholds: Thresholds) -> Check:
    targets = onto.live_targets
    well = healthy_enough(targets, thresholds)
    return Check(
        title=f"The way back: {onto.live} is healthy",
        found=Found.OK if well else Found.FAILED,
        said=f"{targets.healthy} of {targets.total} targets healthy",
    )


def _both_groups(routes: Sequence[Route], onto: Onto) -> Check:
    """A group in no rule at all gets no health checks: nobody could know the release to be up."""
    title = "Both target groups are in every rule"
    lacking = [route.label for route in routes if onto.idle not in route.weights]
    if len(lacking) == len(routes):
        said = f"{onto.idle} is in none, and so without health checks: add it with weight 0"
        return Check(title=title, found=Found.FAILED, said=said)
    if lacking:
        said = f"{onto.idle} is added to {', '.join(lacking)} with the first move"
        return Check(title=title, found=Found.OK, said=said)
    return Check(title=title, found=Found.OK, said="they are")


def _stickiness(routes: Sequence[Route]) -> Check:
    longest = max((route.stickiness_seconds or 0 for route in routes), default=0)
    said = f"a browser may stay on its colour for up to {longest} s" if longest else "off"
    return Check(title="Stickiness", found=Found.OK, said=said)


def _schema(schema: Schema | None) -> tuple[Check, ...]:
    """`irreversible` is no obstacle, but then nothing goes back by itself."""
    if schema is None:
        return ()
    said = {
        Schema.REVERSIBLE: "declared reversible: the old release runs on the new schema",
        Schema.IRREVERSIBLE: "declared IRREVERSIBLE: nothing goes back by itself",
        Schema.NONE: "declared unchanged: no migration is run",
    }
    return (Check(title="The schema", found=Found.OK, said=said[schema]),)
