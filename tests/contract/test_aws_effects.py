"""What holds of every call of a deployment that changes something, on the twin and on the plant.

It is sent once, only while the fence holds, and what comes of it is told: not at all, perhaps,
or never.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.domain.capacity import Fleet
from bot.errors import Fenced, OperationFailed, Temporary
from bot.ports import Fence
from bot.topology import Colour
from tests.productions import Fault, Method
from tests.releasing import Releasing, image, serving

pytestmark = pytest.mark.contract

KEY = "R12-migrate"
BIGGER = "db.r6g.2xlarge"
Act = Callable[[Fence], Awaitable[object]]
Look = Callable[[], Awaitable[bool]]

EFFECTS: dict[Method, str] = {
    "rollers.register": "register_task_definition",
    "rollers.update": "update_service",
    "errands.start": "run_task",
    "scaling.bounds": "register_scalable_target",
    "scaling.limits": "update_auto_scaling_group",
    "scaling.desire": "set_desired_capacity",
    "scaling.protect": "set_instance_protection",
    "instances.resize": "modify_db_instance",
    "instances.replicate": "create_db_instance_read_replica",
    "instances.restore": "restore_db_instance_from_db_snapshot",
    "snapshots.take": "create_db_snapshot",
}
"""Saving comes last: the database is busy with it."""


def holding() -> None:
    """A fence that holds."""


def taken_over() -> None:
    """A fence that does not."""
    raise Fenced("another worker has this step")


async def scaling(releasing: Releasing) -> dict[Method, tuple[Act, Look]]:
    """Those of Auto Scaling."""
    aws, service = releasing.aws, releasing.service
    gpu = releasing.topology.groups["gpu"]
    (member, *_) = (await aws.scaling.group(gpu)).members

    async def bounded() -> bool:
        found = await aws.scaling.service(service, Colour.BLUE)
        return found is not None and found.minimum == 1

    async def fleet() -> Fleet:
        return await aws.scaling.group(gpu)

    async def limited() -> bool:
        return (await fleet()).autoscaling.maximum == 9

    async def desired() -> bool:
        return (await fleet()).desired == 3

    async def protected() -> bool:
        return any(each.protected for each in (await fleet()).members)

    return {
        "scaling.bounds": (
            lambda fence: aws.scaling.bounds(
                service, Colour.BLUE, minimum=1, maximum=None, fence=fence
            ),
            bounded,
        ),
        "scaling.limits": (
            lambda fence: aws.scaling.limits(gpu, minimum=None, maximum=9, fence=fence),
            limited,
        ),
        "scaling.desire": (lambda fence: aws.scaling.desire(gpu, 3, fence=fence), desired),
        "scaling.protect": (
            lambda fence: aws.scaling.protect(gpu, [member.id], protected=True, fence=fence),
            protected,
        ),
    }


def instances(releasing: Releasing) -> dict[Method, tuple[Act, Look]]:
    """Those of RDS' instances."""
    aws = releasing.aws

    async def resized() -> bool:
        found = await aws.instances.find("prod-db")
        return found is not None and "DBInstanceClass" in found.pending

    async def copied(name: str) -> bool:
        return await aws.instances.find(name) is not None

    async def restored(fence: Fence) -> None:
        source = await aws.instances.find("prod-db")
        newest = (await aws.databases.snapshots(releasing.topology.databases["prod-db"]))[0]
        assert source is not None
        await aws.instances.restore(
            newest.id, "restored", network=source.network, tags={}, fence=fence
        )

    return {
        "instances.resize": (
            lambda fence: aws.instances.resize("prod-db", BIGGER, now=False, fence=fence),
            resized,
        ),
        "instances.replicate": (
            lambda fence: aws.instances.replicate(
                "prod-db", "copied", instance_class="db.r6g.large", zone=None, fence=fence
            ),
            lambda: copied("copied"),
        ),
        "instances.restore": (restored, lambda: copied("restored")),
    }


async def ready(releasing: Releasing, method: Method) -> tuple[Act, Look]:
    """The effect, ready to be asked for, and a look whether it has happened."""
    aws, service = releasing.aws, releasing.service
    template, blue = await serving(releasing, Colour.GREEN), await serving(releasing)
    old, new = await image(releasing, "v1.4.0"), await image(releasing, "v1.4.1")

    async def registered() -> bool:
        return await aws.rollers.prepared(service, template=template, image=old) is not None

    async def updated() -> bool:
        return await serving(releasing, Colour.GREEN) == blue

    async def started() -> bool:
        return await aws.errands.find(service, KEY) is not None

    async def saved() -> bool:
        return await aws.snapshots.state("prod-db", KEY) is not None

    effects: dict[Method, tuple[Act, Look]] = {
        **(await scaling(releasing)),
        **instances(releasing),
        "rollers.register": (
            lambda fence: aws.rollers.register(service, template=template, image=old, fence=fence),
            registered,
        ),
        "rollers.update": (
            lambda fence: aws.rollers.update(service, Colour.GREEN, revision=blue, fence=fence),
            updated,
        ),
        "errands.start": (
            lambda fence: aws.errands.start(service, Colour.BLUE, image=new, key=KEY, fence=fence),
            started,
        ),
        "snapshots.take": (
            lambda fence: aws.snapshots.take("prod-db", KEY, tags={}, fence=fence),
            saved,
        ),
    }
    return effects[method]


async def test_a_fence_that_fell_stops_every_call_before_it_leaves(releasing: Releasing) -> None:
    for method in EFFECTS:
        act, happened = await ready(releasing, method)
        with pytest.raises(Fenced, match="another worker"):
            await act(taken_over)
        assert not await happened(), method
    assert releasing.effects() == []


async def test_what_did_not_happen_is_temporary_and_not_repeated(releasing: Releasing) -> None:
    faults: tuple[Fault, ...] = ("throttled", "down")
    for method in EFFECTS:
        act, happened = await ready(releasing, method)
        for fault in faults:
            releasing.fail(method, fault)
            with pytest.raises(Temporary):
                await act(holding)
            assert not await happened(), method
    assert releasing.effects() == [call for call in EFFECTS.values() for _ in faults]


async def test_what_is_denied_fails_for_good_and_says_how_to_allow_it(
    releasing: Releasing,
) -> None:
    faults: tuple[Fault, ...] = ("denied", "denied-403")
    for method in EFFECTS:
        act, happened = await ready(releasing, method)
        for fault in faults:
            releasing.fail(method, fault)
            with pytest.raises(OperationFailed) as failed:
                await act(holding)
            assert failed.value.code == "denied", method
            assert failed.value.hint, method
            assert not await happened(), method


async def test_a_lost_answer_is_temporary_and_reading_back_tells(releasing: Releasing) -> None:
    for method in EFFECTS:
        act, happened = await ready(releasing, method)
        releasing.fail(method, "lost")
        with pytest.raises(Temporary):
            await act(holding)
        assert await happened(), method
    assert releasing.effects() == list(EFFECTS.values())
