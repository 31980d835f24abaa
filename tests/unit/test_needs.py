"""What an operation declares it needs of AWS is what it uses, no more: its IAM policy is the least.

That it uses no less every test on a stage sees (tests.needs). An operation that needs something has
a row here in which it uses all of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from bot.adapters.aws.needed import NEEDED, OPTIONAL, actions_of
from bot.adapters.aws.permissions import PERMISSIONS
from bot.domain.capacity import Autoscaling
from bot.domain.live import Targets
from bot.domain.vitals import Rows
from bot.engine.duties import DUTIES
from bot.errors import Refused, UserError
from bot.topology import Colour
from handlers import OPERATIONS
from handlers.backup.dr_steps import TABLES
from tests.data import SNAPSHOT, Data
from tests.deploying import Deploying
from tests.stage import CHLOE, DANA, Stage

pytestmark = pytest.mark.unit

Use = Callable[[Deploying], Awaitable[Any]]
BY_NAME = {operation.name: operation for operation in OPERATIONS}


async def asked(stage: Stage, text: str) -> None:
    await stage.type(text)


async def deployed(stage: Deploying) -> None:
    """Once with all of it, once for a version nobody knows, which lists those there are."""
    stage.production.snapshots["prod-db"].clear()
    stage.serves()
    await stage.deployed()
    await stage.type("deploy backend v9.9.9")


async def rolled_back(stage: Deploying) -> None:
    stage.traffic()
    request = await stage.ask("rollback backend")
    await stage.approve(request.id)
    await stage.until_quiet()


async def dr_tested(stage: Deploying) -> None:
    stage.sql.known.add("prod-db")
    stage.sql.answers[TABLES.sql] = Rows(columns=("count",), rows=(("17",),))
    request = await stage.ask("backup dr-test")
    await stage.approve(request.id)
    await stage.until_quiet()


async def retired(stage: Deploying) -> None:
    request = await stage.ask("retire backend")
    await stage.approve(request.id)
    await stage.until_quiet()


async def _agreed(stage: Stage, text: str) -> None:
    """Carried out, whoever has to agree."""
    request = await stage.ask(text)
    for who in (CHLOE, DANA)[: request.needed]:
        await stage.approve(request.id, who)
    await stage.until_quiet()


def schema(text: str) -> Use:
    """With what serves, with another version, and with one nobody knows: those there are listed."""

    async def used(_: Deploying) -> Data:
        stage = Data()
        if text == "db downgrade":
            await _agreed(stage, "db migrations")
        await _agreed(stage, text)
        for version in ("v1.4.0", "v9.9.9"):
            with suppress(UserError, Refused):
                await stage.type(f"{text} --version {version}")
        return stage

    return used


def data(text: str) -> Use:
    """Carried out where there is a database."""

    async def used(_: Deploying) -> Data:
        stage = Data()
        await _agreed(stage, text)
        return stage

    return used


async def scaled(stage: Deploying) -> None:
    """Each kind of target once, up and down."""
    half = ("backend", Colour.BLUE)
    stage.production.scaled[half] = Autoscaling(minimum=2, maximum=6)
    stage.production.targets[half] = Targets(healthy=2, unhealthy=0)
    stage.production.busy = {"i-0001"}
    for text in (
        "scale backend 2 --max 8",
        "scale gpu 1 --max 7",
        "scale gpu 2",
        "scale db db.r6g.xlarge",
        "scale db replica add",
        "scale db replica remove",
    ):
        await _agreed(stage, text)


USES: dict[str, Use] = {
    "status": lambda stage: asked(stage, "status"),
    "rollback": rolled_back,
    "deploy": deployed,
    "retire": retired,
    "db backups": lambda stage: asked(stage, "db backups"),
    "db backup": data("db backup"),
    "db restore": data(f"db restore {SNAPSHOT} as prod-db-look"),
    "db migrations": schema("db migrations"),
    "db migrate": schema("db migrate"),
    "db downgrade": schema("db downgrade"),
    "scale": scaled,
    "autoscaling": lambda stage: asked(stage, "autoscaling"),
    "releases": lambda stage: asked(stage, "releases"),
    "backup verify": lambda stage: asked(stage, "backup verify"),
    "backup dr-test": dr_tested,
    "backup replication": lambda stage: asked(stage, "backup replication"),
}
"""How all of an operation's needs are used, on a stage where v1.4.3 can be deployed."""


def test_every_operation_that_needs_something_has_a_row() -> None:
    assert set(USES) == {name for name, operation in BY_NAME.items() if operation.needs}


@pytest.mark.parametrize("name", USES)
async def test_an_operation_needs_what_it_uses(name: str) -> None:
    stage = Deploying()
    stage = await USES[name](stage) or stage
    assert stage.needs.used[name] == set(BY_NAME[name].needs)


def test_nothing_is_needed_twice_and_all_of_it_is_known() -> None:
    for operation in OPERATIONS:
        assert len(set(operation.needs)) == len(operation.needs), operation.name
        assert set(operation.needs) <= set(NEEDED), operation.name
    assert all(set(methods) <= set(NEEDED) for methods in DUTIES.values())
    assert set(OPTIONAL) <= set(NEEDED)


def test_all_methods_together_need_the_permissions_there_are() -> None:
    assert actions_of(NEEDED) == {permission.action for permission in PERMISSIONS}


def test_every_method_is_somebodys() -> None:
    wanted = {method for operation in OPERATIONS for method in operation.needs}
    wanted |= {method for methods in DUTIES.values() for method in methods}
    assert wanted == set(NEEDED)
