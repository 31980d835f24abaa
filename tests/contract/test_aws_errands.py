"""The port for tasks that run once, on the twin and on the plant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.release import Errand, ErrandState
from bot.errors import OperationFailed, Temporary
from bot.topology import Colour
from tests.releasing import Releasing, image, until

pytestmark = pytest.mark.contract

KEY = "R12-migrate"


def holding() -> None:
    """A fence that holds."""


async def started(releasing: Releasing, tag: str = "v1.4.1") -> None:
    """The migration with the image of that tag."""
    await releasing.aws.errands.start(
        releasing.service,
        Colour.BLUE,
        image=await image(releasing, tag),
        key=KEY,
        fence=holding,
    )


async def over(releasing: Releasing) -> Errand:
    """The errand, when it has ended."""
    found = await until(
        lambda: releasing.aws.errands.find(releasing.service, KEY),
        lambda seen: seen is not None and seen.state is ErrandState.STOPPED,
    )
    assert found is not None
    return found


async def test_a_migration_that_fails_says_with_which_code(releasing: Releasing) -> None:
    releasing.hurry()
    releasing.migrations_end(3)
    await started(releasing)
    assert (await over(releasing)).exit_code == 3


async def test_a_migration_is_found_by_its_key_ends_with_its_exit_code_and_is_heard(
    releasing: Releasing,
) -> None:
    releasing.hurry()
    errands, service = releasing.aws.errands, releasing.service
    before = datetime.now(UTC) - timedelta(seconds=1)
    assert await errands.find(service, KEY) is None
    await started(releasing)
    errand = await over(releasing)
    assert errand.exit_code == 0
    assert "exited" in errand.reason
    assert releasing.effects() == ["run_task"]
    lines = await errands.output(service, errand, since=before)
    assert "alembic upgrade head" in lines[0].text
    assert "done" in lines[-1].text
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert len({line.id for line in lines}) == len(lines)
    assert lines[0].at.tzinfo is UTC
    assert await errands.output(service, errand, since=before, limit=2) == lines[:2]
    assert await errands.output(service, errand, since=lines[-1].at) == lines[-1:]
    assert await errands.output(service, errand, since=lines[-1].at + timedelta(seconds=60)) == ()
    stranger = Errand(arn=f"{errand.arn[:-4]}0000", state=ErrandState.STOPPED)
    assert await errands.output(service, stranger, since=before) == ()
    releasing.fail("errands.output", "throttled")
    with pytest.raises(Temporary):
        await errands.output(service, errand, since=before)


async def test_two_starts_of_one_key_are_one_task_of_one_new_revision(
    releasing: Releasing,
) -> None:
    await started(releasing, "v1.4.0")
    first = await releasing.aws.errands.find(releasing.service, KEY)
    await started(releasing, "v1.4.0")
    second = await releasing.aws.errands.find(releasing.service, KEY)
    assert first is not None
    assert second is not None
    assert first.arn == second.arn
    assert releasing.effects() == ["register_task_definition", "run_task", "run_task"]


async def test_the_call_shown_has_the_key_and_the_command(releasing: Releasing) -> None:
    action, shown = releasing.aws.errands.start_call(releasing.service, Colour.BLUE, KEY)
    assert action == "run_task"
    call: dict[str, Any] = dict(shown)
    assert (call["cluster"], call["startedBy"], call["clientToken"]) == ("prod-cluster", KEY, KEY)
    (override,) = call["overrides"]["containerOverrides"]
    assert override["command"] == ["alembic", "upgrade", "head"]


async def test_a_service_without_a_migration_starts_none(releasing: Releasing) -> None:
    assert releasing.service.deploy is not None
    none = releasing.service.deploy.model_copy(update={"migration": None})
    service = releasing.service.model_copy(update={"deploy": none})
    with pytest.raises(OperationFailed) as failed:
        await releasing.aws.errands.start(service, Colour.BLUE, image="any", key=KEY, fence=holding)
    assert failed.value.code == "not_deployable"


async def test_a_family_nobody_registered_is_not_found(releasing: Releasing) -> None:
    assert releasing.service.deploy is not None
    assert releasing.service.deploy.migration is not None
    migration = releasing.service.deploy.migration.model_copy(update={"family": "never-was"})
    deploy = releasing.service.deploy.model_copy(update={"migration": migration})
    service = releasing.service.model_copy(update={"deploy": deploy})
    with pytest.raises(OperationFailed) as failed:
        await releasing.aws.errands.start(service, Colour.BLUE, image="any", key=KEY, fence=holding)
    assert failed.value.code == "not_found"
    assert releasing.effects() == []
