"""Whose schema is meant, and by which image it is looked at or changed.

Before: `/filmops db migrations`, `migrate`, `downgrade`. After: their plans.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from bot.domain.certain import certain, steerable
from bot.domain.live import Missing
from bot.domain.plan import Call, StepSpec
from bot.domain.reasons import Reason
from bot.domain.rollback import serving
from bot.domain.schema import beside
from bot.engine.errand import NEEDS as ERRAND
from bot.engine.errand import Job
from bot.engine.known import only_service
from bot.engine.look import RUNS_NEEDS, part, runs
from bot.engine.naming import suggest
from bot.engine.operation import Context, Params
from bot.engine.saving import LATER, snapshot_call
from bot.engine.step import Work
from bot.errors import Refused, UserError
from bot.topology import Colour, Migration, Service

Version = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")]
"""A tag as ECR takes it."""

Down = Annotated[str, Field(pattern=r"^(-[1-9]\d?|base|\w*\d\w*)$")]
"""A revision below: `-1`, `base`, or (the beginning of) its identifier, which has a digit."""

STOOD_AT = "SELECT version_num FROM alembic_version ORDER BY version_num"
NEEDS = (*RUNS_NEEDS, *ERRAND, "rollers.revision", "images.find", "images.newest")
"""What all three ask of AWS."""

NOT_KNOWN = "not known"
_SECONDS = 3.0


class SchemaParams(Params):
    """Whose schema, and by the code of which version (the one that serves, if not said)."""

    service: str | None = Field(
        default=None, json_schema_extra={"option": True, "names": "services"}
    )
    version: Version | None = Field(default=None, json_schema_extra={"option": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`revision` is where the database stands, if it may be asked."""

    service: Service
    migration: Migration
    live: Colour
    image: str
    version: str
    revision: str

    @property
    def args(self) -> Mapping[str, Any]:
        """What every step is given."""
        return {
            "service": self.service.key,
            "live": str(self.live),
            "image": self.image,
            "seconds": self.migration.seconds,
        }

    @property
    def facts(self) -> Mapping[str, str]:
        """What the decision rests on."""
        return {"image": self.image, "schema": self.revision}

    def alembic(self, *words: str) -> tuple[str, ...]:
        """Another command of the migration's. Raises Refused when it is none of alembic's."""
        command = beside(self.migration.command, *words)
        if command is None:
            raise Refused(
                f"{self.service.key}'s migration is no `alembic upgrade`: "
                f"{' '.join(self.migration.command)}",
                code=Reason.NOT_DEPLOYABLE,
                hint=f"A maintainer mends [services.{self.service.key}.deploy] migration.",
            )
        return command

    def step(self, context: Context, name: str, title: str, command: tuple[str, ...]) -> StepSpec:
        """A step that runs a command in the migration's container as a one-off task."""
        action, parameters = context.world.aws.errands.start_call(
            self.service, self.live, LATER, command
        )
        return StepSpec(
            name=name,
            title=f"{title}: {' '.join(command)}",
            args={**self.args, "command": list(command)},
            calls=(Call(service="ecs", action=action, parameters=parameters),),
        )

    def backup(self, name: str, *, young_hours: float) -> tuple[StepSpec, ...]:
        """A step that saves the service's database first, if the topology names it."""
        database = self.service.database
        if database is None:
            return ()
        unless = f", unless one of the last {young_hours:g} h is there" if young_hours else ""
        return (
            StepSpec(
                name=name,
                title=f"Take a snapshot of {database}{unless}",
                args={**self.args, "database": database, "hours": young_hours},
                calls=(snapshot_call(database),),
            ),
        )


async def target(context: Context, params: SchemaParams, *, command: str) -> Target:
    """Raises Refused when it cannot be said, UserError for a version the registry has not."""
    service = context.topology.services[
        only_service(context.topology, params.service, command=f"{command} --service")
    ]
    deploy = service.deploy
    if deploy is None or deploy.migration is None:
        raise Refused(
            f"filmops.toml does not say how {service.title}'s schema is migrated.",
            code=Reason.NOT_DEPLOYABLE,
            hint=f"A maintainer adds `migration` to [services.{service.key}.deploy].",
        )
    live, serves = await _serving(context, service)
    image = serves if params.version is None else await _image(context, service, params.version)
    return Target(
        service=service,
        migration=deploy.migration,
        live=live,
        image=image,
        version=image.rpartition(":")[2],
        revision=await _revision(context, service),
    )


async def _serving(context: Context, service: Service) -> tuple[Colour, str]:
    """The colour that serves, and the image of its application."""
    routes, tasks_of = await runs(context.world, service)
    live = serving(steerable(service, routes))
    if live is None:
        raise Refused(
            f"Traffic of {service.title} is on both colours: which release is it to be?",
            code=Reason.MIXED_TRAFFIC,
            hint=f"/filmops status {service.key}",
        )
    tasks = certain(f"{live}'s tasks", tasks_of[live])
    container = service.deploy.container if service.deploy is not None else ""
    read = part(context.world.aws.rollers.revision(tasks.task_definition, container=container))
    return live, certain(f"{live}'s revision", await read).image


async def _image(context: Context, service: Service, version: str) -> str:
    images = context.world.aws.images
    found = certain("the registry", await part(images.find(service, version)))
    if found is not None:
        return found.uri
    known = await part(images.newest(service))
    close = None if isinstance(known, Missing) else suggest(version, [one.tag for one in known])
    raise UserError(
        f"There is no {version} of {service.title} in the registry."
        + (f" Did you mean {close}?" if close else ""),
        hint=f"/filmops releases {service.key}",
    )


async def _revision(context: Context, service: Service) -> str:
    """Where the database says it stands; it may be that nobody can ask it."""
    sql = context.world.sql
    database = context.topology.databases.get(service.database or "")
    if database is None or not sql.knows(database):
        return NOT_KNOWN
    rows = await part(sql.read(database, STOOD_AT, limit=10, seconds=_SECONDS))
    if isinstance(rows, Missing):
        return NOT_KNOWN
    return ", ".join(str(row[0]) for row in rows.rows) or "before the first revision"


def job(work: Work, word: str, *, key: str = "") -> Job:
    """The one-off task of a step that `Target.step` made. Its key has the time the step began: one
    that a person has begun anew is another task, one that a worker goes on with is the same.
    """
    return Job(
        word=word,
        key=f"filmops-R{work.run}-{key or word}-{work.started_at:%d%H%M%S}",
        colour=Colour(work.args["live"]),
        image=str(work.args["image"]),
        seconds=float(work.args["seconds"]),
        command=tuple(work.args["command"]),
    )
