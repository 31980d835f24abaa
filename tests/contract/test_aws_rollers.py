"""ECS' port for revisions and rollouts, on the twin and on the plant."""

from __future__ import annotations

import pytest

from bot.domain.release import Rollouts, RolloutState
from bot.errors import OperationFailed
from bot.topology import Colour
from tests.releasing import Releasing, image, serving, until

pytestmark = pytest.mark.contract


def holding() -> None:
    """A fence that holds."""


async def registered(releasing: Releasing, tag: str) -> str:
    """What green runs, with the image of that tag, registered."""
    return await releasing.aws.rollers.register(
        releasing.service,
        template=await serving(releasing, Colour.GREEN),
        image=await image(releasing, tag),
        fence=holding,
    )


async def green(releasing: Releasing) -> Rollouts:
    """How green's deployments go."""
    return await releasing.aws.rollers.rollouts(releasing.service, Colour.GREEN)


async def test_a_revision_tells_its_family_its_image_and_that_it_can_start(
    releasing: Releasing,
) -> None:
    arn = await serving(releasing)
    found = await releasing.aws.rollers.revision(arn)
    assert (found.arn, found.family, found.active) == (arn, "backend", True)
    assert found.image == await image(releasing, "v1.4.2")
    sidecar = await releasing.aws.rollers.revision(arn, container="log-router")
    assert sidecar.image != found.image


async def test_a_revision_that_never_was_is_not_found(releasing: Releasing) -> None:
    arn = (await serving(releasing)).rpartition(":")[0] + ":4711"
    with pytest.raises(OperationFailed) as failed:
        await releasing.aws.rollers.revision(arn)
    assert failed.value.code == "not_found"


async def test_the_newest_revision_of_that_content_is_prepared_and_no_other(
    releasing: Releasing,
) -> None:
    template, wanted = await serving(releasing, Colour.GREEN), await image(releasing, "v1.4.0")
    rollers, service = releasing.aws.rollers, releasing.service

    async def prepared() -> str | None:
        return await rollers.prepared(service, template=template, image=wanted)

    assert await prepared() is None
    first = await registered(releasing, "v1.4.0")
    assert await prepared() == first
    assert (await rollers.revision(first)).image == wanted
    second = await registered(releasing, "v1.4.0")
    assert await prepared() == second != first
    assert releasing.effects() == ["register_task_definition"] * 2
    larger = releasing.someone_registers(second, {"cpu": "2048", "memory": "4096"})
    assert await prepared() == second, f"{larger} has the image and other content"
    releasing.someone_deregisters(second)
    assert await prepared() == first, f"{second} cannot be started"


async def test_a_revision_somebody_deregistered_is_told_and_cannot_be_rolled_out(
    releasing: Releasing,
) -> None:
    arn = await registered(releasing, "v1.4.0")
    releasing.someone_deregisters(arn)
    assert not (await releasing.aws.rollers.revision(arn)).active
    with pytest.raises(OperationFailed):
        await releasing.aws.rollers.update(
            releasing.service, Colour.GREEN, revision=arn, fence=holding
        )
    assert (await green(releasing)).rollouts[0].task_definition != arn


async def test_what_runs_already_is_prepared(releasing: Releasing) -> None:
    template = await serving(releasing)
    found = await releasing.aws.rollers.prepared(
        releasing.service, template=template, image=await image(releasing, "v1.4.2")
    )
    assert found == template


async def test_the_call_shown_leaves_out_what_is_not_changed(releasing: Releasing) -> None:
    rollers, service = releasing.aws.rollers, releasing.service
    here = {"cluster": "prod-cluster", "service": "backend-service-green"}
    both = rollers.update_call(service, Colour.GREEN, revision="arn:new", desired=3)
    assert both == ("update_service", {**here, "taskDefinition": "arn:new", "desiredCount": 3})
    _, moved = rollers.update_call(service, Colour.GREEN, revision="arn:new", desired=None)
    assert moved == {**here, "taskDefinition": "arn:new"}
    _, counted = rollers.update_call(service, Colour.GREEN, revision=None, desired=0)
    assert counted == {**here, "desiredCount": 0}
    with pytest.raises(OperationFailed) as failed:
        rollers.update_call(service, Colour.GREEN, revision=None, desired=None)
    assert failed.value.code == "nothing"


async def test_a_colour_in_peace_has_one_completed_deployment(releasing: Releasing) -> None:
    found = await green(releasing)
    (only,) = found.rollouts
    assert only == found.primary
    assert (only.state, only.failed) == (RolloutState.COMPLETED, 0)
    assert (found.desired, found.running, only.running, only.pending) == (3, 3, 3, 0)
    assert only.task_definition == await serving(releasing, Colour.GREEN)


async def test_an_update_becomes_the_primary_deployment_and_completes(
    releasing: Releasing,
) -> None:
    releasing.hurry()
    old, arn = await green(releasing), await registered(releasing, "v1.4.0")
    mine = await releasing.aws.rollers.update(
        releasing.service, Colour.GREEN, revision=arn, fence=holding
    )
    assert mine not in {each.id for each in old.rollouts}
    done = await until(
        lambda: green(releasing),
        lambda seen: seen.primary is not None and seen.primary.state is RolloutState.COMPLETED,
    )
    assert done.primary is not None
    assert (done.primary.id, done.primary.task_definition) == (mine, arn)
    assert (done.desired, done.running) == (3, 3)
    tasks = await releasing.aws.containers.tasks(releasing.service, Colour.GREEN)
    assert (tasks.version, tasks.task_definition) == ("v1.4.0", arn)
    assert releasing.effects() == ["register_task_definition", "update_service"]


async def test_a_count_alone_is_no_new_deployment(releasing: Releasing) -> None:
    releasing.hurry()
    (before,) = (await green(releasing)).rollouts
    mine = await releasing.aws.rollers.update(
        releasing.service, Colour.GREEN, desired=0, fence=holding
    )
    assert mine == before.id
    emptied = await until(lambda: green(releasing), lambda seen: seen.running == 0)
    assert (emptied.desired, len(emptied.rollouts)) == (0, 1)


async def test_a_release_that_crashes_is_a_failed_deployment_of_its_own_id(
    releasing: Releasing,
) -> None:
    # Not quicker: a failed one is listed until the one before is back, which must be seen.
    releasing.hurry(8)
    releasing.push("v1.5.0", crashes=True)
    arn = await registered(releasing, "v1.5.0")
    mine = await releasing.aws.rollers.update(
        releasing.service, Colour.GREEN, revision=arn, fence=holding
    )

    def failed(seen: Rollouts) -> bool:
        return any(each.id == mine and each.state is RolloutState.FAILED for each in seen.rollouts)

    seen = await until(lambda: green(releasing), failed)
    (broken,) = [each for each in seen.rollouts if each.id == mine]
    assert broken.failed >= 1
    assert broken.running == 0
    assert broken.reason
    assert seen.running >= 3


async def test_room_is_what_the_subnets_have_left(releasing: Releasing) -> None:
    releasing.leave_addresses(7)
    assert await releasing.aws.rollers.room(releasing.service, Colour.GREEN) == 7


async def test_a_service_that_is_not_deployed_has_nothing_prepared(releasing: Releasing) -> None:
    bare, template = releasing.service.model_copy(update={"deploy": None}), await serving(releasing)
    with pytest.raises(OperationFailed) as failed:
        await releasing.aws.rollers.prepared(bare, template=template, image="any")
    assert failed.value.code == "not_deployable"
