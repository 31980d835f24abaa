"""The same two productions, and what people and releases do to them while something is deployed.

A contract test takes `releasing` and runs on both makes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

import boto3
import pytest

from bot.domain.release import LogLine, RolloutState
from bot.topology import Colour, load
from tests.productions import InMemory, OnThePlant, Production

T = TypeVar("T")
COMPLAINT = "ERROR KeyError: 'render_profile' (films/serializer.py:88)"
REQUEST = "INFO blue GET /api/v1/films 200"


class Releasing(Production, Protocol):
    """A production that releases come to."""

    def hurry(self, factor: int = 20) -> None:
        """Let what takes time in AWS take little."""
        ...

    def push(self, tag: str, *, crashes: bool = False) -> None:
        """A pipeline pushes an image of the service; one that crashes never becomes well."""
        ...

    def someone_registers(self, template: str, changes: Mapping[str, Any]) -> str:
        """A person registers a revision like that one with other content; its ARN."""
        ...

    def someone_deregisters(self, arn: str) -> None:
        """A person makes a revision INACTIVE."""
        ...

    def migrations_end(self, exit_code: int) -> None:
        """Let migrations end so."""
        ...

    def database_is_busy(self) -> None:
        """The first database saves itself, or is changed, for a while."""
        ...

    def open_window(self, database: str) -> None:
        """Its maintenance window has come."""
        ...

    def works(self, group: str, busy: int) -> None:
        """So many instances of a worker group run jobs."""
        ...

    def leave_addresses(self, free: int) -> None:
        """So many addresses are left where tasks run."""
        ...


class ReleasesInMemory(InMemory):
    """The twin."""

    def __init__(self) -> None:
        super().__init__(load(Path(__file__).parent.parent / "filmops.toml"))
        now = datetime.now(UTC)
        lines = [
            LogLine(
                id=f"{ago}-{number}", at=now - timedelta(seconds=ago, milliseconds=number), text=t
            )
            for ago in range(600, 0, -30)
            for number, t in enumerate((REQUEST, COMPLAINT))
        ]
        self.state.log_lines[self.service.log_group] = lines
        self.state.errand_lines = ("$ alembic upgrade head", "Running upgrade", "done")

    def hurry(self, factor: int = 20) -> None:
        """It takes none."""

    def push(self, tag: str, *, crashes: bool = False) -> None:
        self.state.push("backend", tag)
        self.state.rollout_ends = RolloutState.FAILED if crashes else RolloutState.COMPLETED

    def someone_registers(self, template: str, changes: Mapping[str, Any]) -> str:
        return self.state.registered({**self.state.revisions[template], **changes})

    def someone_deregisters(self, arn: str) -> None:
        self.state.revisions[arn]["status"] = "INACTIVE"

    def migrations_end(self, exit_code: int) -> None:
        self.state.errand_ends = exit_code

    def database_is_busy(self) -> None:
        key, state = next(iter(self.state.databases.items()))
        self.state.databases[key] = replace(state, status="backing-up")

    def open_window(self, database: str) -> None:
        self.state.open_window(database)

    def works(self, group: str, busy: int) -> None:
        self.state.busy = {member.id for member in self.state.members[group][:busy]}

    def leave_addresses(self, free: int) -> None:
        for half in self.state.rooms:
            self.state.rooms[half] = free


class ReleasesOnThePlant(OnThePlant):
    """The real adapters on the sandbox's plant."""

    def hurry(self, factor: int = 20) -> None:
        self.plant.tell("speed", factor=factor)

    def push(self, tag: str, *, crashes: bool = False) -> None:
        self.plant.tell("release", service=self.service.key, version=tag, crashes=crashes)

    def someone_registers(self, template: str, changes: Mapping[str, Any]) -> str:
        ecs = self.console("ecs")
        found = ecs.describe_task_definition(taskDefinition=template)["taskDefinition"]
        taken = ecs.meta.service_model.shape_for("RegisterTaskDefinitionRequest").members
        content = {key: value for key, value in found.items() if key in taken}
        arn: str = ecs.register_task_definition(**{**content, **changes})["taskDefinition"][
            "taskDefinitionArn"
        ]
        return arn

    def someone_deregisters(self, arn: str) -> None:
        self.console("ecs").deregister_task_definition(taskDefinition=arn)

    def migrations_end(self, exit_code: int) -> None:
        self.plant.tell("task-exit", family="backend-migrate", exitCode=exit_code)

    def database_is_busy(self) -> None:
        database = next(iter(self.topology.databases))
        self.plant.tell("speed", factor=0.01)
        self.console("rds").create_db_snapshot(
            DBInstanceIdentifier=database, DBSnapshotIdentifier="somebody-elses"
        )

    def open_window(self, database: str) -> None:
        self.plant.tell("window", database=database)

    def works(self, group: str, busy: int) -> None:
        self.plant.tell("workers", group=group, busy=busy)

    def leave_addresses(self, free: int) -> None:
        self.plant.tell("subnets", free_addresses=free)

    def console(self, service: Any) -> Any:
        """A person's own boto3."""
        return boto3.client(service, region_name=self.topology.studio.region)


@pytest.fixture(params=["memory", "plant"])
def releasing(request: pytest.FixtureRequest) -> Iterator[Releasing]:
    """Both makes, one after the other."""
    if request.param == "memory":
        yield ReleasesInMemory()
        return
    made = ReleasesOnThePlant(request.getfixturevalue("plant"))
    yield made
    made.clients.close()


async def until(look: Callable[[], Awaitable[T]], enough: Callable[[T], bool]) -> T:
    """What a look sees as soon as it is enough; what it saw last fails after ten seconds."""
    seen = await look()
    for _ in range(200):
        if enough(seen):
            return seen
        await asyncio.sleep(0.05)
        seen = await look()
    raise AssertionError(f"still not: {seen}")


async def serving(production: Production, colour: Colour = Colour.BLUE) -> str:
    """The revision a colour runs."""
    return (await production.aws.containers.tasks(production.service, colour)).task_definition


async def image(production: Production, tag: str) -> str:
    """How a task definition names the image of that tag."""
    found = await production.aws.images.find(production.service, tag)
    assert found is not None
    return found.uri
