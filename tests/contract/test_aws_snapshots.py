"""RDS' port for taking snapshots, on the twin and on the plant."""

from __future__ import annotations

import pytest

from bot.errors import OperationFailed, Temporary
from tests.releasing import Releasing, until

pytestmark = pytest.mark.contract

NAME = "prod-db-before-R12"
TAGS = {"filmops": "R12"}


def holding() -> None:
    """A fence that holds."""


async def state(releasing: Releasing) -> str | None:
    """What RDS says of the snapshot."""
    return await releasing.aws.snapshots.state("prod-db", NAME)


async def taken(releasing: Releasing, database: str = "prod-db") -> None:
    """Begun."""
    await releasing.aws.snapshots.take(database, NAME, tags=TAGS, fence=holding)


async def test_a_snapshot_becomes_one_that_can_be_restored_and_a_second_of_its_name_is_fine(
    releasing: Releasing,
) -> None:
    releasing.hurry()
    assert await state(releasing) is None
    await taken(releasing)
    await until(lambda: state(releasing), lambda seen: seen == "available")
    listed = await releasing.aws.databases.snapshots(releasing.topology.databases["prod-db"])
    assert listed[0].id == NAME.lower()
    assert listed[0].kind == "manual"
    await taken(releasing)
    assert releasing.effects() == ["create_db_snapshot", "create_db_snapshot"]


async def test_a_database_that_is_busy_is_looked_at_again_later_and_none_is_not_found(
    releasing: Releasing,
) -> None:
    releasing.database_is_busy()
    with pytest.raises(Temporary):
        await taken(releasing)
    assert await state(releasing) is None
    with pytest.raises(OperationFailed) as failed:
        await taken(releasing, "never-was")
    assert failed.value.code == "not_found"
