"""Auto Scaling's port, on the twin and on the plant."""

from __future__ import annotations

import pytest

from bot.domain.capacity import Autoscaling, Fleet
from bot.errors import OperationFailed
from bot.topology import Colour, Group
from tests.releasing import Releasing, until

pytestmark = pytest.mark.contract


def holding() -> None:
    """A fence that holds."""


def gpu(releasing: Releasing) -> Group:
    """The worker group."""
    return releasing.topology.groups["gpu"]


async def fleet(releasing: Releasing) -> Fleet:
    """The worker group as it is."""
    return await releasing.aws.scaling.group(gpu(releasing))


async def blue(releasing: Releasing) -> Autoscaling:
    """Who else sets blue's tasks."""
    found = await releasing.aws.scaling.service(releasing.service, Colour.BLUE)
    assert found is not None
    return found


async def desired(releasing: Releasing, count: int) -> None:
    """Asked for."""
    await releasing.aws.scaling.desire(gpu(releasing), count, fence=holding)


async def protect(releasing: Releasing, *members: str, protected: bool = True) -> None:
    """Asked for."""
    await releasing.aws.scaling.protect(gpu(releasing), members, protected=protected, fence=holding)


async def in_service(releasing: Releasing, count: int) -> Fleet:
    """The group as soon as so many are in service."""
    return await until(lambda: fleet(releasing), lambda seen: len(seen.working) == count)


async def test_a_colours_target_tells_bounds_policy_and_alarms(releasing: Releasing) -> None:
    found = await blue(releasing)
    assert (found.minimum, found.maximum, found.suspended) == (2, 10, frozenset())
    (policy,) = found.policies
    assert policy.words == "backend-cpu (target tracking: ECSServiceAverageCPUUtilization at 60)"
    assert policy.shrinks
    assert len(policy.alarms) == 2
    assert found.scheduled == ()


async def test_a_colour_without_a_target_has_none(releasing: Releasing) -> None:
    assert await releasing.aws.scaling.service(releasing.service, Colour.GREEN) is None


async def test_a_higher_minimum_moves_the_count_of_tasks(releasing: Releasing) -> None:
    await releasing.aws.scaling.bounds(
        releasing.service, Colour.BLUE, minimum=5, maximum=None, fence=holding
    )
    assert (await blue(releasing)).bounds == "5 to 10"
    tasks = await releasing.aws.containers.tasks(releasing.service, Colour.BLUE)
    assert tasks.desired == 5


async def test_a_group_tells_its_instances_bounds_and_policy(releasing: Releasing) -> None:
    found = await fleet(releasing)
    assert (found.desired, len(found.working), found.autoscaling.bounds) == (2, 2, "1 to 6")
    assert all(member.healthy and not member.protected for member in found.members)
    (policy,) = found.autoscaling.policies
    assert (policy.metric, policy.target) == ("ASGAverageCPUUtilization", 70)
    assert policy.alarms


async def test_a_group_that_never_was_is_not_found(releasing: Releasing) -> None:
    other = gpu(releasing).model_copy(update={"autoscaling_group": "never", "key": "never"})
    with pytest.raises(OperationFailed) as failed:
        await releasing.aws.scaling.group(other)
    assert failed.value.code == "not_found"


async def test_a_group_grows_and_shrinks_between_its_bounds(releasing: Releasing) -> None:
    releasing.hurry()
    await desired(releasing, 4)
    assert (await in_service(releasing, 4)).desired == 4
    await desired(releasing, 1)
    await in_service(releasing, 1)
    for count in (0, 7):
        with pytest.raises(OperationFailed):
            await desired(releasing, count)
    assert (await fleet(releasing)).desired == 1


async def test_other_bounds_take_the_count_along(releasing: Releasing) -> None:
    releasing.hurry()
    scaling = releasing.aws.scaling
    await scaling.limits(gpu(releasing), minimum=None, maximum=8, fence=holding)
    found = await fleet(releasing)
    assert (found.autoscaling.bounds, found.desired) == ("1 to 8", 2)
    await scaling.limits(gpu(releasing), minimum=3, maximum=None, fence=holding)
    assert (await in_service(releasing, 3)).desired == 3


async def test_who_runs_a_job_is_known_and_silence_is_a_job(releasing: Releasing) -> None:
    releasing.works("gpu", 1)
    members = sorted(member.id for member in (await fleet(releasing)).members)
    scaling = releasing.aws.scaling
    assert await scaling.busy(gpu(releasing), members) == {members[0]}
    assert await scaling.busy(gpu(releasing), []) == frozenset()
    plain = gpu(releasing).model_copy(update={"busy": None})
    assert await scaling.busy(plain, members) == frozenset()


async def test_a_protected_worker_stays_until_it_is_let_go(releasing: Releasing) -> None:
    releasing.hurry()
    kept = sorted(member.id for member in (await fleet(releasing)).members)
    await protect(releasing, *kept)
    await desired(releasing, 1)
    held = await fleet(releasing)
    assert (held.desired, sorted(member.id for member in held.working)) == (1, kept)
    await protect(releasing, kept[0], protected=False)
    left = await in_service(releasing, 1)
    assert [(member.id, member.protected) for member in left.working] == [(kept[1], True)]


async def test_those_that_have_gone_are_left_out(releasing: Releasing) -> None:
    await protect(releasing, "i-0123456789abcdef0")
    assert releasing.effects() == []
